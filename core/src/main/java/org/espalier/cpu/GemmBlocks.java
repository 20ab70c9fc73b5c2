package org.espalier.cpu;

/// A matrix product on one thread: blocks of the inner dimension, and what is packed for each.
///
/// Blocks of the inner dimension go in ascending order, and each continues the chains of the one
/// before from `C` itself, so blocking changes no bit.
final class GemmBlocks {
  /// Up to so many rows a product does not repay packing a row-major `B`. Packed panels begin on
  /// cache lines, which arrays do not: read in place, each vector straddles two.
  private static final int FEW_ROWS = 48;

  private GemmBlocks() {}

  /// `C = Z + op(A) op(B)` with `m, n, k > 0`; `z` may be [GemmScratch#ZERO].
  static void multiply(
      TileKernels kernels,
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
      float[] c,
      int cOffset,
      int ldc) {
    GemmScratch scratch = GemmScratch.take();
    try {
      int depth = GemmScratch.depth(k);
      for (int from = 0; from < k; from += depth) {
        int steps = Math.min(depth, k - from);
        boolean first = from == 0;
        int aBlock = aOffset + (transA ? from * lda : from);
        int bBlock = bOffset + (transB ? from : from * ldb);
        block(
            scratch,
            kernels,
            transA,
            transB,
            m,
            n,
            steps,
            a,
            aBlock,
            lda,
            b,
            bBlock,
            ldb,
            first ? z : c,
            first ? zOffset : cOffset,
            first ? ldz : ldc,
            c,
            cOffset,
            ldc);
      }
    } finally {
      scratch.release();
    }
  }

  private static void block(
      GemmScratch scratch,
      TileKernels kernels,
      boolean transA,
      boolean transB,
      int m,
      int n,
      int steps,
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
    int along = GemmScratch.isZero(z) ? 0 : 1;
    int start = 0;
    if (!transB && m <= FEW_ROWS) {
      int widest = kernels.panelWidth(Integer.MAX_VALUE);
      start = n / widest * widest;
      if (start > 0) {
        inPlace(
            scratch, kernels, transA, m, start, steps, a, aOffset, lda, b, bOffset, ldb, z, zOffset,
            ldz, c, cOffset, ldc);
      }
    }
    int most = GemmScratch.PACKED_FLOATS / steps / 64 * 64;
    for (int j = start; j < n; j += most) {
      int columns = Math.min(most, n - j);
      float[] pack = scratch.packed(steps * GemmPacking.paddedColumns(kernels, columns));
      if (transB) {
        GemmPacking.columns(
            kernels, steps, columns, b, bOffset + j * ldb, ldb, pack, GemmScratch.ALIGN);
      } else {
        GemmPacking.rows(kernels, steps, columns, b, bOffset + j, ldb, pack, GemmScratch.ALIGN);
      }
      packed(
          scratch,
          kernels,
          transA,
          m,
          columns,
          steps,
          a,
          aOffset,
          lda,
          pack,
          GemmScratch.ALIGN,
          z,
          zOffset + j * along,
          ldz,
          c,
          cOffset + j,
          ldc);
    }
  }

  private static void inPlace(
      GemmScratch scratch,
      TileKernels kernels,
      boolean transA,
      int m,
      int n,
      int steps,
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
    int most = GemmScratch.height(m, steps);
    for (int i = 0; i < m; i += most) {
      int height = Math.min(most, m - i);
      float[] strips = scratch.rows(height * steps);
      int ai = aOffset + (transA ? i : i * lda);
      GemmPacking.strips(kernels, transA, height, steps, a, ai, lda, strips, GemmScratch.ALIGN);
      GemmPanels.multiplyInPlace(
          kernels,
          height,
          n,
          steps,
          strips,
          GemmScratch.ALIGN,
          b,
          bOffset,
          ldb,
          z,
          zOffset + i * ldz,
          ldz,
          c,
          cOffset + i * ldc,
          ldc);
    }
  }

  /// One block of the inner dimension with `B` packed, some rows at a time.
  ///
  /// Those rows of A are packed in strips for the panels of the widest width: a kernel that reads
  /// six rows in six places needs more addresses than there are registers (measured 109 against 133
  /// GFLOP/s of 138). The columns that are left over have narrower and higher tiles, which read A
  /// by rows: where it is, or if it is transposed from a copy, because in place each step would
  /// touch another page.
  private static void packed(
      GemmScratch scratch,
      TileKernels kernels,
      boolean transA,
      int m,
      int n,
      int steps,
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
    int wide = wideColumns(kernels, n);
    int along = GemmScratch.isZero(z) ? 0 : wide;
    int most = GemmScratch.height(m, steps);
    for (int i = 0; i < m; i += most) {
      int height = Math.min(most, m - i);
      int zi = zOffset + i * ldz;
      int ci = cOffset + i * ldc;
      int ai = aOffset + (transA ? i : i * lda);
      if (wide > 0) {
        float[] strips = scratch.rows(height * steps);
        GemmPacking.strips(kernels, transA, height, steps, a, ai, lda, strips, GemmScratch.ALIGN);
        GemmPanels.multiply(
            kernels,
            GemmPanels.Left.STRIPS,
            height,
            wide,
            steps,
            strips,
            GemmScratch.ALIGN,
            0,
            pack,
            packOffset,
            z,
            zi,
            ldz,
            c,
            ci,
            ldc,
            scratch.tile);
      }
      if (wide < n) {
        float[] rows = a;
        int rowOffset = ai;
        int ld = lda;
        if (transA) {
          // Rows apart by a power of two would fall on the same cache sets.
          ld = steps + 16;
          rows = scratch.rows(height * ld);
          rowOffset = GemmScratch.ALIGN;
          GemmPacking.transpose(kernels, steps, height, a, ai, lda, rows, rowOffset, ld);
        }
        GemmPanels.multiply(
            kernels,
            GemmPanels.Left.ROWS,
            height,
            n - wide,
            steps,
            rows,
            rowOffset,
            ld,
            pack,
            packOffset + wide * steps,
            z,
            zi + along,
            ldz,
            c,
            ci + wide,
            ldc,
            scratch.tile);
      }
    }
  }

  /// Columns that panels of the widest width cover, the last one maybe in part.
  private static int wideColumns(TileKernels kernels, int n) {
    int widest = kernels.panelWidth(Integer.MAX_VALUE);
    int full = n / widest * widest;
    return full < n && kernels.panelWidth(n - full) == widest ? n : full;
  }

  /// `C = Z + op(A) B` for the columns `[from, from + n)` of a packed `B`; `from` is a multiple of
  /// the widest panel, and `C` and `Z` begin at that column.
  static void multiplyPacked(
      boolean transA,
      int m,
      int from,
      int n,
      float[] a,
      int aOffset,
      int lda,
      PackedMatrix b,
      float[] z,
      int zOffset,
      int ldz,
      float[] c,
      int cOffset,
      int ldc) {
    GemmScratch scratch = GemmScratch.take();
    try {
      for (int step = 0; step < b.k(); step += b.depth()) {
        int steps = Math.min(b.depth(), b.k() - step);
        boolean first = step == 0;
        packed(
            scratch,
            b.kernels(),
            transA,
            m,
            n,
            steps,
            a,
            aOffset + (transA ? step * lda : step),
            lda,
            b.data(),
            b.offset(step, steps, from),
            first ? z : c,
            first ? zOffset : cOffset,
            first ? ldz : ldc,
            c,
            cOffset,
            ldc);
      }
    } finally {
      scratch.release();
    }
  }
}
