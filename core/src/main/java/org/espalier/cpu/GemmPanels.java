package org.espalier.cpu;

/// `C[m, n] = Z + A B` for one block of the inner dimension, tile by tile, with `B` in panels.
///
/// Panels outside, strips of A inside: a panel is some 30 pages and stays in the second cache level
/// and the first level of the TLB while the strips go by (the other order measured 10 % slower).
/// The caller hands over at most so many rows that they stay in the second level too. A panel that
/// is wider than what is left of C goes through a tile in scratch, so nothing outside C is read or
/// written.
final class GemmPanels {
  private GemmPanels() {}

  /// The product with `B` packed by [GemmPacking].
  ///
  /// @param transA whether `A` is stored as `[depth, m]`
  /// @param z the start; [GemmScratch#ZERO] for zeros, row stride 0 for one row for all
  /// @param tile scratch of [GemmScratch#tile]
  static void multiply(
      TileKernels kernels,
      boolean transA,
      int m,
      int n,
      int depth,
      float[] a,
      int aOffset,
      int lda,
      float[] pack,
      int packOffset,
      float[] z,
      int zOffset,
      int ldz,
      float[] c,
      int cOffset,
      int ldc,
      float[] tile) {
    boolean zero = GemmScratch.isZero(z);
    int width;
    for (int j = 0; j < n; j += width) {
      width = kernels.panelWidth(n - j);
      int zj = zero ? 0 : zOffset + j;
      int panel = packOffset + j * depth;
      if (n - j >= width) {
        strips(
            kernels,
            transA,
            m,
            width,
            depth,
            a,
            aOffset,
            lda,
            pack,
            panel,
            z,
            zj,
            ldz,
            c,
            cOffset + j,
            ldc);
      } else {
        edge(
            kernels,
            transA,
            m,
            n - j,
            width,
            depth,
            a,
            aOffset,
            lda,
            pack,
            panel,
            z,
            zj,
            ldz,
            c,
            cOffset + j,
            ldc,
            tile);
      }
    }
  }

  private static void strips(
      TileKernels kernels,
      boolean transA,
      int m,
      int width,
      int depth,
      float[] a,
      int aOffset,
      int lda,
      float[] pack,
      int packOffset,
      float[] z,
      int zOffset,
      int ldz,
      float[] c,
      int cOffset,
      int ldc) {
    int rows;
    for (int i = 0; i < m; i += rows) {
      rows = kernels.stripRows(m - i, width);
      int zi = zOffset + i * ldz;
      int ci = cOffset + i * ldc;
      if (transA) {
        kernels.columns(
            rows, width, depth, a, aOffset + i, lda, pack, packOffset, z, zi, ldz, c, ci, ldc);
      } else {
        kernels.rows(
            rows,
            width,
            depth,
            a,
            aOffset + i * lda,
            lda,
            pack,
            packOffset,
            z,
            zi,
            ldz,
            c,
            ci,
            ldc);
      }
    }
  }

  private static void edge(
      TileKernels kernels,
      boolean transA,
      int m,
      int columns,
      int width,
      int depth,
      float[] a,
      int aOffset,
      int lda,
      float[] pack,
      int packOffset,
      float[] z,
      int zOffset,
      int ldz,
      float[] c,
      int cOffset,
      int ldc,
      float[] tile) {
    int rows;
    for (int i = 0; i < m; i += rows) {
      rows = kernels.stripRows(m - i, width);
      for (int r = 0; r < rows; r++) {
        System.arraycopy(z, zOffset + (i + r) * ldz, tile, r * width, columns);
      }
      if (transA) {
        kernels.columns(
            rows,
            width,
            depth,
            a,
            aOffset + i,
            lda,
            pack,
            packOffset,
            tile,
            0,
            width,
            tile,
            0,
            width);
      } else {
        kernels.rows(
            rows,
            width,
            depth,
            a,
            aOffset + i * lda,
            lda,
            pack,
            packOffset,
            tile,
            0,
            width,
            tile,
            0,
            width);
      }
      for (int r = 0; r < rows; r++) {
        System.arraycopy(tile, r * width, c, cOffset + (i + r) * ldc, columns);
      }
    }
  }

  /// The product with the first `n` columns of a row-major `B` in place; `n` must be a multiple of
  /// the widest panel.
  ///
  /// B is read once, whatever its row stride; with few strips copying it would cost more.
  static void multiplyInPlace(
      TileKernels kernels,
      int m,
      int n,
      int depth,
      float[] a,
      int aOffset,
      int lda,
      float[] b,
      int bOffset,
      int ldb,
      float[] z,
      int zOffset,
      int ldz,
      float[] c,
      int cOffset,
      int ldc) {
    int width = kernels.panelWidth(Integer.MAX_VALUE);
    int along = GemmScratch.isZero(z) ? 0 : 1;
    for (int j = 0; j < n; j += width) {
      int rows;
      for (int i = 0; i < m; i += rows) {
        rows = kernels.stripRows(m - i, width);
        kernels.inPlace(
            rows,
            depth,
            a,
            aOffset + i * lda,
            lda,
            b,
            bOffset + j,
            ldb,
            z,
            zOffset + i * ldz + j * along,
            ldz,
            c,
            cOffset + i * ldc + j,
            ldc);
      }
    }
  }
}
