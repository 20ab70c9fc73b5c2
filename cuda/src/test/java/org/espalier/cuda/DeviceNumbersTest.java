package org.espalier.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.autograd.Gradient;
import org.espalier.autograd.Gradients;
import org.espalier.graph.StepGraphs;
import org.espalier.nn.optim.AdamW;
import org.espalier.nn.optim.ParameterGroup;
import org.espalier.op.Embedding;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a step computes on the device so that nothing waits for the host: norms, the numbers of the
/// optimiser, and which rows of a table got a gradient.
@ExtendWith(OnSoftwareDevice.class)
class DeviceNumbersTest {
  private static final Device CUDA = Device.of("cuda:0");

  /// More than go into one launch.
  private static final int PARAMETERS = 70;

  @ParameterizedTest
  @EnumSource(AdamW.SparseRows.class)
  void aStepWithItsNumbersOnTheDeviceHasTheBitsOfOneWithout(AdamW.SparseRows rows) {
    Map<String, Tensor> ours = parameters();
    Map<String, Tensor> theirs = parameters();
    AdamW one = optimiser(ours, rows);
    AdamW other = optimiser(theirs, rows);
    List<Double> norms = new ArrayList<>();
    try (Scope _ = Scope.open();
        var steps =
            new StepGraphs<Integer>(
                CUDA,
                1,
                step -> {
                  Tensor ids = step.feed(DeviceNumbersTest::ids);
                  Tensor factor = step.feed(n -> Tensor.scalar(n * n));
                  loss(theirs, ids, factor).backward();
                  return List.of(other.step(step, n -> 1.0 / n, 30));
                })) {
      for (int n = 1; n <= 6; n++) {
        loss(ours, ids(n).to(CUDA), Tensor.scalar(n * n).to(CUDA)).backward();
        double norm = one.step(1.0 / n, 30);
        norms.add(norm);
        assertEquals(norm, steps.run("step", n).getFirst().item(), 0);
        for (String name : ours.keySet()) {
          assertArrayEquals(
              values(ours, name), values(theirs, name), 0, "step " + n + " of " + name);
        }
      }
    }
    assertTrue(norms.getFirst() < 30 && norms.getLast() > 30, "some are clipped: " + norms);
  }

  private static float[] values(Map<String, Tensor> some, String name) {
    return Objects.requireNonNull(some.get(name)).toFloatArray();
  }

  private static Tensor ids(int step) {
    return Tensor.of(IntStream.range(0, 300).map(i -> (i * i + step) % 37).toArray());
  }

  private static Map<String, Tensor> parameters() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    for (int i = 0; i < PARAMETERS; i++) {
      float[] values = new float[1 + i * 3];
      for (int k = 0; k < values.length; k++) {
        values[k] = (float) Math.sin(i + k);
      }
      all.put("p" + i, Tensor.of(values).to(CUDA).requireGrad());
    }
    float[] table = new float[40 * 5];
    for (int k = 0; k < table.length; k++) {
      table[k] = (float) Math.cos(k);
    }
    all.put("table", Tensor.of(table, 40, 5).to(CUDA).requireGrad());
    return all;
  }

  private static AdamW optimiser(Map<String, Tensor> all, AdamW.SparseRows rows) {
    Map<String, Tensor> first = new LinkedHashMap<>();
    Map<String, Tensor> second = new LinkedHashMap<>();
    all.forEach((name, t) -> (name.endsWith("7") ? second : first).put(name, t));
    return new AdamW(
        List.of(new ParameterGroup(first, 0.01, 0.1), new ParameterGroup(second, 0.1, 0)), rows);
  }

  private static Tensor loss(Map<String, Tensor> all, Tensor ids, Tensor factor) {
    Tensor sum =
        Embedding.apply(Objects.requireNonNull(all.get("table")), ids).mul(0.1).square().sum();
    for (Map.Entry<String, Tensor> e : all.entrySet()) {
      if (!e.getKey().equals("table")) {
        sum = sum.add(e.getValue().square().mul(0.1).sum());
      }
    }
    return sum.mul(factor);
  }

  @Test
  void theJointNormIsThatOfTheHost() {
    try (Scope _ = Scope.open()) {
      List<Gradient> gradients = new ArrayList<>();
      for (int i = 1; i < 40; i++) {
        float[] values = new float[i * 100];
        for (int k = 0; k < values.length; k++) {
          values[k] = (float) Math.sin(i * k);
        }
        gradients.add(new Gradient.Dense(Tensor.of(values).to(CUDA)));
      }
      double norm = Gradients.norm(gradients);
      for (double most : new double[] {0.5, norm, 1000, Double.POSITIVE_INFINITY}) {
        assertArrayEquals(
            new double[] {norm, Gradients.clipping(norm, most)},
            Gradients.jointNorm(gradients, most).toDoubleArray(),
            0);
      }
    }
  }

  /// Rows that come again keep their places, with zeros; two uses of a table are merged.
  @Test
  void gradientsOfATableAreSummedOnTheDevice() {
    try (Scope _ = Scope.open()) {
      Tensor start = Tensor.of(new float[40 * 5], 40, 5);
      Tensor here = start.copy().requireGrad();
      Tensor there = start.to(CUDA).requireGrad();
      for (Tensor table : List.of(here, there)) {
        for (int use = 1; use <= 2; use++) {
          Tensor ids = ids(use).to(table.device());
          Tensor rows = Embedding.apply(table, ids);
          Tensor weights = Tensor.arange(1500).to(DType.F32).div(700).reshape(300, 5);
          rows.mul(weights.to(table.device())).sum().backward();
        }
      }
      var sparse = (Gradient.RowSparse) Objects.requireNonNull(there.gradient());
      int[] rows = sparse.rows().toIntArray();
      assertEquals(600, rows.length);
      float[] values = sparse.values().toFloatArray();
      TreeSet<Integer> seen = new TreeSet<>();
      for (int i = 0; i < rows.length; i++) {
        assertTrue(seen.isEmpty() || seen.last() <= rows[i], "ascending");
        if (!seen.add(rows[i])) {
          for (int k = 0; k < 5; k++) {
            assertEquals(0, values[i * 5 + k], "a row that comes again");
          }
        }
      }
      assertArrayEquals(
          Objects.requireNonNull(here.grad()).toFloatArray(),
          Objects.requireNonNull(there.grad()).toFloatArray(),
          1e-4f);
      assertEquals(
          Gradients.dot(
              Objects.requireNonNull(here.gradient()), Objects.requireNonNull(here.gradient())),
          Gradients.dot(sparse, sparse),
          1e-2);
    }
  }
}
