package org.espalier.cpu;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.Supplier;
import org.espalier.DType;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.parallel.Workers;

/// Measures what moves or reduces elements that do not lie in the order of the result: transposed
/// copies, conversions of 16 bits, column sums.
///
/// Run its `main` with `--add-modules jdk.incubator.vector`; with `-Donly=sum(0)` just what has
/// that in its name.
final class CopyTiming {
  private static final int ROUNDS = 12;

  private static final String ONLY = System.getProperty("only", "");

  private CopyTiming() {}

  public static void main(String[] args) {
    Tensor square = filled(4096, 4096);
    Tensor odd = filled(4000, 1111);
    Tensor longs = filled(2048, 2048).to(DType.I64);
    Tensor bytes = filled(4096, 4096).greater(0);
    Tensor bfloat = square.to(DType.BF16);
    Tensor half = square.to(DType.F16);
    Tensor tall = filled(200_000, 64);
    Tensor wide = filled(8192, 384);
    Tensor few = filled(1_000_000, 3);
    Autograd.noGrad(() -> {
      time("4096x4096 transposed copy, F32", () -> square.transpose().contiguous());
      time("4000x1111 transposed copy, F32", () -> odd.transpose().contiguous());
      time("2048x2048 transposed copy, I64", () -> longs.transpose().contiguous());
      time("4096x4096 transposed copy, BOOL", () -> bytes.transpose().contiguous());
      time("4096x4096 transposed copy, BF16", () -> bfloat.transpose().contiguous());
      time("4096x4096 F32 to BF16", () -> square.to(DType.BF16));
      time("4096x4096 F32 to F16", () -> square.to(DType.F16));
      time("4096x4096 BF16 to F16", () -> bfloat.to(DType.F16));
      time("4096x4096 F16 to BF16", () -> half.to(DType.BF16));
      time("4096x4096 F16 to F64", () -> half.to(DType.F64));
      time("4096x4096 BF16 transposed to F32", () -> bfloat.transpose().to(DType.F32));
      time("200000x64 sum(0)", () -> tall.sum(0));
      time("8192x384 sum(0)", () -> wide.sum(0));
      time("1000000x3 sum(0)", () -> few.sum(0));
      time("8192x384 max(0)", () -> wide.max(0));
      time("4096x4096 max()", () -> square.max());
      time("4096x4096 argMax of all", () -> square.reshape(4096 * 4096).argMax(0));
      time("2048x2048 I64 sum()", () -> longs.sum());
      time("4096x4096 transposed sum()", () -> square.transpose().sum());
    });
  }

  @SuppressWarnings("SystemOut") // a report
  private static void time(String name, Supplier<Tensor> work) {
    if (!name.contains(ONLY)) {
      return;
    }
    double[] medians = new double[2];
    int[] elements = new int[1];
    for (int threads = 1; threads <= 2; threads++) {
      double[] times = new double[ROUNDS];
      Workers.limit(
          threads,
          () -> {
            for (int i = -ROUNDS / 2; i < ROUNDS; i++) {
              long start = System.nanoTime();
              try (Scope _ = Scope.open()) {
                elements[0] = work.get().elements();
              }
              times[Math.max(0, i)] = (System.nanoTime() - start) / 1e6;
            }
          });
      Arrays.sort(times);
      medians[threads - 1] = times[ROUNDS / 2];
    }
    System.out.printf(
        Locale.ROOT,
        "%-36s %9.3f ms, 2 threads %9.3f ms, %d elements%n",
        name,
        medians[0],
        medians[1],
        elements[0]);
  }

  private static Tensor filled(int rows, int columns) {
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (i * 7919 % 2003 - 1001) / 256f;
    }
    return Tensor.of(values, rows, columns);
  }
}
