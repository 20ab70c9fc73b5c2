package org.espalier.cpu;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Sums over many elements, accumulated in double: the same bits for any number of threads.
///
/// A block of 4096 elements is summed on 8 double lanes (lane `j` takes the elements `j`, `j + 8`,
/// ... ascending; a product of two floats is exact in double), the lanes in a fixed tree, the last
/// `n mod 8` elements after them; then the blocks are added in order.
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
      return products ? dotBlock(x, xo, y, yo, n) : sumBlock(x, xo, n);
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
            sums[block] =
                products ? dotBlock(x, xo + at, y, yo + at, length) : sumBlock(x, xo + at, length);
          }
        });
    double total = 0;
    for (int block = 0; block < blocks; block++) {
      total += sums[block];
    }
    SPARE.set(sums);
    return total;
  }

  private static double dotBlock(float[] x, int xo, float[] y, int yo, int n) {
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    double e = 0;
    double f = 0;
    double g = 0;
    double h = 0;
    int i = 0;
    for (; i + 8 <= n; i += 8) {
      a += (double) x[xo + i] * y[yo + i];
      b += (double) x[xo + i + 1] * y[yo + i + 1];
      c += (double) x[xo + i + 2] * y[yo + i + 2];
      d += (double) x[xo + i + 3] * y[yo + i + 3];
      e += (double) x[xo + i + 4] * y[yo + i + 4];
      f += (double) x[xo + i + 5] * y[yo + i + 5];
      g += (double) x[xo + i + 6] * y[yo + i + 6];
      h += (double) x[xo + i + 7] * y[yo + i + 7];
    }
    double tail = 0;
    for (; i < n; i++) {
      tail += (double) x[xo + i] * y[yo + i];
    }
    return (((a + e) + (c + g)) + ((b + f) + (d + h))) + tail;
  }

  private static double sumBlock(float[] x, int xo, int n) {
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    double e = 0;
    double f = 0;
    double g = 0;
    double h = 0;
    int i = 0;
    for (; i + 8 <= n; i += 8) {
      a += x[xo + i];
      b += x[xo + i + 1];
      c += x[xo + i + 2];
      d += x[xo + i + 3];
      e += x[xo + i + 4];
      f += x[xo + i + 5];
      g += x[xo + i + 6];
      h += x[xo + i + 7];
    }
    double tail = 0;
    for (; i < n; i++) {
      tail += x[xo + i];
    }
    return (((a + e) + (c + g)) + ((b + f) + (d + h))) + tail;
  }
}
