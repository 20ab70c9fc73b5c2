package org.espalier.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.testkit.Input;
import org.espalier.testkit.OpCase;

/// An op on a CUDA device, and the same in double on `reference`: output and gradients. For sizes
/// at which kernels come in other versions than for the small op cases.
final class BesideReference {
  private static final Device CUDA = Device.of("cuda:0");

  private final OpCase opCase;

  private BesideReference(OpCase opCase) {
    this.opCase = opCase;
  }

  /// Takes an op and its inputs; gradients are those of the real inputs.
  static BesideReference of(Function<Tensor[], Tensor> op, Input... inputs) {
    return new BesideReference(OpCase.of("large", Object.class, op, inputs));
  }

  /// Checks that no element is farther off than a share of the largest of output and gradients.
  void agreesWithin(double share) {
    try (Scope _ = Scope.open()) {
      List<double[]> expected = run(DType.F64, Device.REFERENCE);
      List<double[]> actual = run(DType.F32, CUDA);
      double largest =
          expected.stream().flatMapToDouble(Arrays::stream).map(Math::abs).max().orElse(0);
      for (int t = 0; t < expected.size(); t++) {
        String what = t == 0 ? "output" : "gradient " + (t - 1);
        compare(what, share * largest, expected.get(t), actual.get(t));
      }
    }
  }

  private static void compare(String what, double bound, double[] expected, double[] actual) {
    assertEquals(expected.length, actual.length, what);
    for (int i = 0; i < expected.length; i++) {
      assertTrue(
          Math.abs(expected[i] - actual[i]) <= bound,
          what + " at " + i + ": " + actual[i] + " instead of " + expected[i]);
    }
  }

  /// Returns output and gradients as CUDA computes them.
  List<double[]> onCuda() {
    try (Scope _ = Scope.open()) {
      return run(DType.F32, CUDA);
    }
  }

  private List<double[]> run(DType real, Device device) {
    Tensor[] inputs = opCase.tensors(real, device, Input.Form.CONTIGUOUS);
    Tensor[] leaves =
        Arrays.stream(inputs).filter(t -> t.dtype().isFloating()).toArray(Tensor[]::new);
    for (Tensor leaf : leaves) {
      leaf.requireGrad();
    }
    Tensor y = opCase.function().apply(inputs);
    double[] direction = new double[y.elements()];
    Arrays.setAll(direction, i -> (float) Math.sin(1 + i));
    Tensor dy = Tensor.of(direction, y.shape().sizes()).to(real).to(device);
    List<double[]> results = new ArrayList<>();
    results.add(y.toDoubleArray());
    for (Tensor gradient : Autograd.of(y).outputGradients(dy).zerosForUnused().gradients(leaves)) {
      results.add(gradient.toDoubleArray());
    }
    return results;
  }
}
