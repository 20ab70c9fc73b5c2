package org.espalier.cpu;

/// `C[m, n] = Z + A B` for one block of the inner dimension, tile by tile, with `B` in panels.
///
/// Panels outside, strips of A inside: a panel is some 30 pages and stays in the second cache level
/// and the first level of the TLB while the strips go by (the other order measured 10 % slower).
/// The caller hands over at most so many rows that they stay in the second level too. A panel that
/// is wider than what is left of C goes through a tile in scratch, so nothing outside C is read or
/// written.
final class GemmPanels {
  /// How the left operand is stored.
  enum Left {
    /// `[m, depth]`, rows `lda` apart.
    ROWS,
    /// `[depth, m]`, rows `lda` apart.
    COLUMNS,
    /// Packed by [GemmPacking#strips], for panels of the widest width only.
    STRIPS
  }

  private GemmPanels() {}

  /// Columns that panels of the widest width cover, the last one maybe in part.
  static int wideColumns(TileKernels kernels, int n) {
    int widest = kernels.panelWidth(Integer.MAX_VALUE);
    int full = n / widest * widest;
    return full < n && kernels.panelWidth(n - full) == widest ? n : full;
  }

  /// The product with `B` packed by [GemmPacking].
  ///
  /// @param lda ignored for [Left#STRIPS]
  /// @param z the start; [GemmScratch#ZERO] for zeros, row stride 0 for one row for all
  /// @param tile scratch of [GemmScratch#tile]
  static void multiply(
      TileKernels kernels,
      Left left,
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
            left,
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
            left,
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
      Left left,
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
      tile(
          kernels,
          left,
          i,
          rows,
          width,
          depth,
          a,
          aOffset,
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

  private static void tile(
      TileKernels kernels,
      Left left,
      int i,
      int rows,
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
    switch (left) {
      case ROWS ->
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
              zOffset,
              ldz,
              c,
              cOffset,
              ldc);
      case COLUMNS ->
          kernels.columns(
              rows,
              width,
              depth,
              a,
              aOffset + i,
              lda,
              pack,
              packOffset,
              z,
              zOffset,
              ldz,
              c,
              cOffset,
              ldc);
      case STRIPS ->
          kernels.strips(
              rows,
              depth,
              a,
              aOffset + i * depth,
              pack,
              packOffset,
              z,
              zOffset,
              ldz,
              c,
              cOffset,
              ldc);
    }
  }

  private static void edge(
      TileKernels kernels,
      Left left,
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
      tile(
          kernels,
          left,
          i,
          rows,
          width,
          depth,
          a,
          aOffset,
          lda,
          pack,
          packOffset,
          tile,
          0,
          width,
          tile,
          0,
          width);
      for (int r = 0; r < rows; r++) {
        System.arraycopy(tile, r * width, c, cOffset + (i + r) * ldc, columns);
      }
    }
  }

  /// The product with the first `n` columns of a row-major `B` where it is; `n` must be a multiple
  /// of the widest panel.
  ///
  /// @param strips `A` packed by [GemmPacking#strips]
  static void multiplyInPlace(
      TileKernels kernels,
      int m,
      int n,
      int depth,
      float[] strips,
      int stripsOffset,
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
            strips,
            stripsOffset + i * depth,
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
