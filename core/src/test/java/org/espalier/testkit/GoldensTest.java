package org.espalier.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.op.Attention;
import org.espalier.op.CrossEntropy;
import org.espalier.op.Embedding;
import org.espalier.op.Gelu;
import org.espalier.op.LayerNorm;
import org.espalier.op.ScaledDotProduct;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Layers against PyTorch: outputs and all gradients.
///
/// `reference` in F64 is within 1e-9 of each tensor's largest magnitude, `cpu` in F32 within 1e-5
/// of the largest in the case. Inputs come in the order of the names.
class GoldensTest {
  private static final double F64_BOUND = 1e-9;
  private static final double F32_BOUND = 1e-5;
  private static final String[] QKV = {"q", "k", "v"};
  private static final String[] LAYER = {"x", "weight", "bias"};

  @TestFactory
  Stream<DynamicTest> attention() {
    return cases("attention", QKV, GoldensTest::attend);
  }

  private static Tensor attend(String name, Tensor[] t) {
    ScaledDotProduct call = ScaledDotProduct.of(t[0], t[1], t[2]);
    return switch (name) {
      case "full", "long rows" -> call.apply();
      case "causal", "cached", "shared heads", "one column" -> call.causal().apply();
      case "padding" -> call.lengths(6, 4).apply();
      case "window" -> call.causal().window(3).apply();
      case "prefix" -> prefixed(t);
      default -> throw new AssertionError("a case that the test does not know: " + name);
    };
  }

  /// Prefixes belong to ragged attention: two sequences of 6 rows, two heads that share one.
  private static Tensor prefixed(Tensor[] t) {
    int dim = t[0].size(3);
    Device device = t[0].device();
    Tensor offsets = Tensor.of(new int[] {0, 6, 12}).to(device);
    Tensor prefixes = Tensor.of(new int[] {4, 1}).to(device);
    return new Attention(2, 1, 1 / Math.sqrt(dim), true, 0, 0, 0)
        .apply(rows(t[0]), rows(t[1]), rows(t[2]), offsets, offsets, prefixes, null)
        .reshape(2, 6, 2, dim)
        .permute(0, 2, 1, 3);
  }

  private static Tensor rows(Tensor x) {
    return x.permute(0, 2, 1, 3).reshape(x.size(0) * x.size(2), x.size(1) * x.size(3));
  }

  @TestFactory
  Stream<DynamicTest> layerNorm() {
    return cases("layer_norm", LAYER, (_, t) -> LayerNorm.apply(t[0], t[1], t[2], 1e-5));
  }

  @TestFactory
  Stream<DynamicTest> crossEntropy() {
    return cases(
        "cross_entropy",
        new String[] {"logits", "targets"},
        (name, t) -> {
          double smoothing = name.equals("plain") ? 0 : name.equals("mean") ? 0.2 : 0.1;
          Tensor losses = CrossEntropy.apply(t[0], t[1], CrossEntropy.IGNORE, smoothing);
          // Two of the seven rows have no label.
          return name.equals("mean") ? losses.sum().div(5) : losses;
        });
  }

  @TestFactory
  Stream<DynamicTest> embedding() {
    return cases("embedding", new String[] {"table", "ids"}, (_, t) -> Embedding.apply(t[0], t[1]));
  }

  @TestFactory
  Stream<DynamicTest> linearAndGelu() {
    return cases(
        "linear_gelu",
        LAYER,
        (name, t) -> {
          Tensor y = t[0].linear(t[1], t[2]);
          return Autograd.apply(new Gelu(name.equals("tanh")), y);
        });
  }

  private static Stream<DynamicTest> cases(
      String file, String[] inputs, BiFunction<String, Tensor[], Tensor> function) {
    Goldens goldens = Goldens.open(file);
    return goldens.cases().stream()
        .flatMap(name ->
            Stream.of(
                dynamicTest(
                    name + " on reference in F64",
                    () ->
                        check(
                            goldens,
                            name,
                            inputs,
                            function,
                            DType.F64,
                            Device.REFERENCE,
                            F64_BOUND)),
                dynamicTest(
                    name + " on cpu in F32",
                    () ->
                        check(goldens, name, inputs, function, DType.F32, Device.CPU, F32_BOUND))));
  }

  private static void check(
      Goldens goldens,
      String name,
      String[] inputs,
      BiFunction<String, Tensor[], Tensor> function,
      DType real,
      Device device,
      double bound) {
    try (Scope _ = Scope.open()) {
      Tensor[] tensors = new Tensor[inputs.length];
      List<String> names = new ArrayList<>();
      List<Tensor> leaves = new ArrayList<>();
      for (int i = 0; i < inputs.length; i++) {
        tensors[i] = goldens.input(name + "/" + inputs[i], real, device);
        if (tensors[i].dtype().isFloating()) {
          names.add(inputs[i]);
          leaves.add(tensors[i]);
        }
      }
      Tensor y = function.apply(name, tensors);
      assertEquals(real, y.dtype());
      goldens.check(name, y, bound, names.toArray(String[]::new), leaves.toArray(Tensor[]::new));
    }
  }

  /// A bias of the keys moves all scores of a query alike: its gradient, the sum of the keys'
  /// gradients, is zero in theory, and a comparison relative to it would compare noise.
  @Test
  void theGradientOfAKeyBiasIsSmall() {
    Goldens goldens = Goldens.open("attention");
    for (String name : goldens.cases()) {
      double[] golden = keyBias(goldens.get(name + "/d_k"));
      double largest = OpCaseSuite.largest(goldens.get(name + "/d_k"));
      for (double x : golden) {
        assertTrue(Math.abs(x) <= 1e-13 * largest, name + " in PyTorch: " + x);
      }
      try (Scope _ = Scope.open()) {
        Tensor[] t = new Tensor[3];
        for (int i = 0; i < 3; i++) {
          t[i] = goldens.input(name + "/" + QKV[i], DType.F32, Device.CPU);
        }
        Tensor dk =
            Autograd.of(attend(name, t))
                .outputGradients(goldens.get(name + "/dy").to(DType.F32))
                .gradients(t[1])[0];
        for (double x : keyBias(dk)) {
          assertTrue(Math.abs(x) <= 2e-6 * largest, name + ": " + x);
        }
      }
    }
  }

  /// The sum over batch and keys of `[batch, heads, keys, dim]`.
  private static double[] keyBias(Tensor dk) {
    Shape shape = dk.shape();
    double[] values = dk.toDoubleArray();
    double[] sums = new double[shape.size(1) * shape.size(3)];
    for (int i = 0; i < values.length; i++) {
      int head = i / (shape.size(2) * shape.size(3)) % shape.size(1);
      sums[head * shape.size(3) + i % shape.size(3)] += values[i];
    }
    return sums;
  }
}
