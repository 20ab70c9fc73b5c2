package org.espalier.cpu;

/// Products of few columns and little work, and of few rows when `A` is transposed: the last layer
/// of a classifier, forward and its weight's gradient.
///
/// Most lanes of a tile would be idle, its operands would be packed for one use, and what runs a
/// few times in a step stays interpreted for a hundred steps, where every vector is an object. The
/// chains are those of the tiles, so the bits are, too.
final class NarrowProduct {
  private static final int FEW = 8;
  private static final long WORK = 1 << 15;

  private NarrowProduct() {}

  static boolean fits(boolean transA, int m, int n, int k) {
    return (n <= FEW || (transA && m <= FEW)) && (long) m * n * k <= WORK;
  }

  /// Computes `C[m, n] = Z + op(A) op(B)`, where `Z` may be `C`.
  ///
  /// @param zStep 1, or 0 when `z` is one zero for all
  static void multiply(
      boolean transA,
      boolean transB,
      int m,
      int n,
      int k,
      float[] a,
      int aOffset,
      int lda,
      float[] b,
      int bOffset,
      int ldb,
      float[] z,
      int zOffset,
      int ldz,
      int zStep,
      float[] c,
      int cOffset,
      int ldc) {
    int aRow = transA ? 1 : lda;
    int aStep = transA ? lda : 1;
    int bStep = transB ? 1 : ldb;
    int bColumn = transB ? ldb : 1;
    for (int i = 0; i < m; i++) {
      int ai = aOffset + i * aRow;
      int zi = zOffset + i * ldz;
      int ci = cOffset + i * ldc;
      int j = 0;
      for (; j + 2 <= n; j += 2) {
        int bj = bOffset + j * bColumn;
        pair(k, a, ai, aStep, b, bj, bStep, bColumn, z, zi + j * zStep, zStep, c, ci + j);
      }
      if (j < n) {
        float s = z[zi + j * zStep];
        for (int p = 0; p < k; p++) {
          s = Math.fma(a[ai + p * aStep], b[bOffset + j * bColumn + p * bStep], s);
        }
        c[ci + j] = s;
      }
    }
  }

  /// Two neighbouring elements: one chain alone would wait for each of its additions.
  private static void pair(
      int k,
      float[] a,
      int aOffset,
      int aStep,
      float[] b,
      int bOffset,
      int bStep,
      int bColumn,
      float[] z,
      int zOffset,
      int zStep,
      float[] c,
      int cOffset) {
    float s = z[zOffset];
    float t = z[zOffset + zStep];
    for (int p = 0; p < k; p++) {
      float x = a[aOffset + p * aStep];
      s = Math.fma(x, b[bOffset + p * bStep], s);
      t = Math.fma(x, b[bOffset + bColumn + p * bStep], t);
    }
    c[cOffset] = s;
    c[cOffset + 1] = t;
  }
}
