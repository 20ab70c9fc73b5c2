package org.espalier.cpu;

import java.util.Arrays;

/// Sums over many elements, accumulated in double: the same bits for any number of threads and any
/// vector width.
///
/// A block of 4096 elements is summed on 512 lanes in memory (lane `j` takes the elements `j`, `j +
/// 512`, ... ascending; a product of two floats is exact in double), then the upper half of the
/// lanes is added to the lower until one is left; then the blocks are added in order. The loops are
/// plain: the compiler makes vectors of them, which it does not of sums in variables.
final class LongSums {
  private static final int LANES = 512;
  private static final ThreadLocal<double[]> MEMORY =
      ThreadLocal.withInitial(() -> new double[LANES]);

  private LongSums() {}

  /// Returns the sum of `x * y`.
  static double dot(float[] x, int xo, float[] y, int yo, int n) {
    int blocks = BlockResults.count(n);
    if (blocks <= 1) {
      return block(x, xo, y, yo, n, true);
    }
    double[] sums =
        BlockResults.of(n, (first, length) -> block(x, xo + first, y, yo + first, length, true));
    double total = 0;
    for (int block = 0; block < blocks; block++) {
      total += sums[block];
    }
    BlockResults.giveBack(sums);
    return total;
  }

  /// Returns the sum of a block of at most 4096 elements.
  static double block(float[] x, int xo, int n) {
    return block(x, xo, x, xo, n, false);
  }

  private static double block(float[] x, int xo, float[] y, int yo, int n, boolean products) {
    double[] lanes = MEMORY.get();
    Arrays.fill(lanes, 0);
    for (int from = 0; from < n; from += LANES) {
      int length = Math.min(LANES, n - from);
      if (products) {
        addProducts(x, xo + from, y, yo + from, length, lanes);
      } else {
        add(x, xo + from, length, lanes);
      }
    }
    return fold(lanes);
  }

  private static void addProducts(float[] x, int xo, float[] y, int yo, int n, double[] lanes) {
    for (int j = 0; j < n; j++) {
      lanes[j] += (double) x[xo + j] * (double) y[yo + j];
    }
  }

  private static void add(float[] x, int xo, int n, double[] lanes) {
    for (int j = 0; j < n; j++) {
      lanes[j] += x[xo + j];
    }
  }

  private static double fold(double[] lanes) {
    for (int half = LANES / 2; half > 0; half /= 2) {
      for (int j = 0; j < half; j++) {
        lanes[j] += lanes[j + half];
      }
    }
    return lanes[0];
  }
}
