package org.espalier.reference;

import org.espalier.Shape;
import org.espalier.spi.Matmul;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// `c[i, j] = start[i, j] + sum over p of a[i, p] * b[p, j]` for each matrix of a batch.
final class ReferenceMatmul {
  private ReferenceMatmul() {}

  /// Computes a batch of products.
  static void matmul(Matmul product) {
    Cells a = new Cells(product.a());
    Cells b = new Cells(product.b());
    Cells c = new Cells(product.c());
    View startView = product.start();
    Cells start = startView == null ? null : new Cells(startView);
    int m = product.c().shape().size(-2);
    int n = c.columns;
    int k = a.columns;
    int batch = m * n == 0 ? 0 : c.count / (m * n);
    Shape batches = product.c().shape();
    Operands all = new Operands(a, b, start, c, m, n, k);
    for (int s = 0; s < batch; s++) {
      int left = matrix(batches, product.a().shape(), s);
      int right = matrix(batches, product.b().shape(), s);
      if (c.isReal()) {
        all.real(left, right, s);
      } else {
        all.integer(left, right, s);
      }
    }
  }

  /// Returns which matrix of an operand meets matrix `s` of the result: along an axis of size 1
  /// always the same.
  private static int matrix(Shape batches, Shape own, int s) {
    int matrix = 0;
    int apart = 1;
    for (int axis = batches.rank() - 3, rest = s; axis >= 0; axis--) {
      matrix += own.size(axis) == 1 ? 0 : rest % batches.size(axis) * apart;
      apart *= own.size(axis);
      rest /= batches.size(axis);
    }
    return matrix;
  }

  /// The matrices `[m, k]`, `[k, n]` and `[m, n]` of a batch, one after another.
  private record Operands(Cells a, Cells b, @Nullable Cells start, Cells c, int m, int n, int k) {

    /// One chain of fused multiply-adds per element, in increasing inner index, rounded to the
    /// dtype at its end.
    void real(int left, int right, int s) {
      double[] columns = new double[k * n];
      for (int i = 0; i < k * n; i++) {
        columns[i] = b.get(right * k * n + i);
      }
      double[] row = new double[k];
      for (int i = 0; i < m; i++) {
        for (int p = 0; p < k; p++) {
          row[p] = a.get((left * m + i) * k + p);
        }
        for (int j = 0; j < n; j++) {
          int at = (s * m + i) * n + j;
          double sum = start == null ? 0 : start.get(at);
          for (int p = 0; p < k; p++) {
            sum = Math.fma(row[p], columns[p * n + j], sum);
          }
          c.set(at, sum);
        }
      }
    }

    void integer(int left, int right, int s) {
      for (int i = 0; i < m; i++) {
        for (int j = 0; j < n; j++) {
          int at = (s * m + i) * n + j;
          long sum = start == null ? 0 : start.getLong(at);
          for (int p = 0; p < k; p++) {
            sum += a.getLong((left * m + i) * k + p) * b.getLong((right * k + p) * n + j);
          }
          c.setLong(at, sum);
        }
      }
    }
  }
}
