package org.espalier.cpu;

import org.espalier.spi.HeapStorage;
import org.espalier.spi.Layout;
import org.espalier.spi.Matmul;
import org.espalier.spi.View;

/// Matrix products of integers: exact in 64 bits, wrapping around as Java does.
final class IntegerProducts {
  private IntegerProducts() {}

  /// Computes the batch, a row of a result at a time.
  static void run(Matmul p) {
    Layout c = p.c().layout();
    int m = c.shape().size(-2);
    int n = c.shape().size(-1);
    int k = p.a().shape().size(-1);
    int matrices = m * n == 0 ? 0 : c.shape().elements() / (m * n);
    for (int s = 0; s < matrices; s++) {
      int matrix = s;
      long[] right = matrix(p, s, k, n);
      Ranges.run(
          m,
          (long) n * Math.max(1, k),
          (from, to) -> {
            for (int i = from; i < to; i++) {
              row(p, matrix, i, right, n, k);
            }
          });
    }
  }

  /// Returns matrix `s` of the right operands in row-major order.
  private static long[] matrix(Matmul p, int s, int k, int n) {
    View b = p.b();
    HeapStorage memory = b.heap();
    int at = first(p, b, s);
    int down = b.layout().stride(-2);
    int across = b.layout().stride(-1);
    long[] all = new long[k * n];
    for (int i = 0; i < all.length; i++) {
      all[i] = memory.getLong(at + i / n * down + i % n * across);
    }
    return all;
  }

  private static void row(Matmul p, int s, int i, long[] right, int n, int k) {
    long[] sums = new long[n];
    View start = p.start();
    if (start != null) {
      int at = first(p, start, s) + i * start.layout().stride(-2);
      int step = start.layout().stride(-1);
      for (int j = 0; j < n; j++) {
        sums[j] = start.heap().getLong(at + j * step);
      }
    }
    HeapStorage a = p.a().heap();
    int at = first(p, p.a(), s) + i * p.a().layout().stride(-2);
    for (int q = 0; q < k; q++) {
      long x = a.getLong(at + q * p.a().layout().stride(-1));
      for (int j = 0; j < n; j++) {
        sums[j] += x * right[q * n + j];
      }
    }
    int to = first(p, p.c(), s) + i * p.c().layout().stride(-2);
    for (int j = 0; j < n; j++) {
      p.c().heap().setLong(to + j * p.c().layout().stride(-1), sums[j]);
    }
  }

  /// Returns where matrix `s` begins.
  private static int first(Matmul p, View x, int s) {
    return Products.at(p.c().shape(), x.layout(), x.shape().rank() - 3, s);
  }
}
