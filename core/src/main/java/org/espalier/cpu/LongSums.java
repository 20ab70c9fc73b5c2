package org.espalier.cpu;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Sums over many elements, accumulated in double: the same bits for any number of threads.
///
/// Blocks of 4096 elements are summed by [RowKernels#sumInDouble], then added in order.
final class LongSums {
  private static final int BLOCK = 4096;
  private static final AtomicReference<double @Nullable []> SPARE =
      new AtomicReference<>(new double[0]);

  private LongSums() {}

  /// Returns the sum of `x * y`.
  static double dot(float[] x, int xo, float[] y, int yo, int n) {
    return sum(x, xo, y, yo, n, true);
  }

  /// Returns the sum of `x`.
  static double sum(float[] x, int xo, int n) {
    return sum(x, xo, x, xo, n, false);
  }

  private static double sum(float[] x, int xo, float[] y, int yo, int n, boolean products) {
    int blocks = Math.ceilDiv(n, BLOCK);
    if (blocks <= 1) {
      return block(x, xo, y, yo, n, products);
    }
    double @Nullable [] spare = SPARE.getAndSet(null);
    double[] sums = spare != null && spare.length >= blocks ? spare : new double[blocks];
    Ranges.run(
        blocks,
        BLOCK,
        (from, to) -> {
          for (int block = from; block < to; block++) {
            int at = block * BLOCK;
            int length = Math.min(BLOCK, n - at);
            sums[block] = block(x, xo + at, y, yo + at, length, products);
          }
        });
    double total = 0;
    for (int block = 0; block < blocks; block++) {
      total += sums[block];
    }
    SPARE.set(sums);
    return total;
  }

  private static double block(float[] x, int xo, float[] y, int yo, int n, boolean products) {
    return products
        ? Rows.KERNELS.dotInDouble(x, xo, y, yo, n)
        : Rows.KERNELS.sumInDouble(x, xo, n);
  }
}
