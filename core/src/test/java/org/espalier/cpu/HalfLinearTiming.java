package org.espalier.cpu;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.espalier.DType;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;

/// Measures a linear layer of 4096 x 768 whose weight is BF16 or F16 against one in F32: time of
/// the forward product for several numbers of rows, in turn, and bytes that the weight holds.
///
/// Run its `main` with `--add-modules jdk.incubator.vector`.
final class HalfLinearTiming {
  private static final int OUT = 4096;
  private static final int IN = 768;

  private HalfLinearTiming() {}

  @SuppressWarnings("SystemOut") // a report
  public static void main(String[] args) {
    Tensor wide = Autograd.noGrad(() -> filled(OUT, IN));
    Tensor bfloat = wide.to(DType.BF16);
    Tensor half = wide.to(DType.F16);
    System.out.printf(
        Locale.ROOT,
        "weight: F32 %.1f MB and %.1f MB packed, BF16 and F16 %.1f MB%n",
        OUT * IN * 4 / 1e6,
        OUT * IN * 4 / 1e6,
        OUT * IN * 2 / 1e6);
    for (int rows : new int[] {1, 8, 64, 256, 2048}) {
      Tensor x = filled(rows, IN);
      List<List<Double>> times = new ArrayList<>();
      Tensor[] weights = {wide, bfloat, half};
      for (int i = 0; i < weights.length; i++) {
        times.add(new ArrayList<>());
      }
      for (int round = 0; round < 120; round++) {
        for (int i = 0; i < weights.length; i++) {
          long start = System.nanoTime();
          try (Scope _ = Scope.open()) {
            x.linear(weights[i], null);
          }
          if (round > 60) {
            times.get(i).add((System.nanoTime() - start) / 1e6);
          }
        }
      }
      double f32 = median(times.get(0));
      System.out.printf(
          Locale.ROOT,
          "%5d rows: F32 %8.3f ms, BF16 %8.3f ms (%.2f), F16 %8.3f ms (%.2f)%n",
          rows,
          f32,
          median(times.get(1)),
          median(times.get(1)) / f32,
          median(times.get(2)),
          median(times.get(2)) / f32);
    }
  }

  private static Tensor filled(int rows, int columns) {
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(i * 0.37);
    }
    return Tensor.of(values, rows, columns);
  }

  private static double median(List<Double> values) {
    Collections.sort(values);
    return values.get(values.size() / 2);
  }
}
