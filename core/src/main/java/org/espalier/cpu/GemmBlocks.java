package org.espalier.cpu;

/// A matrix product on one thread: blocks of the inner dimension, and what is packed for each.
///
/// Blocks of the inner dimension go in ascending order, and each continues the chains of the one
/// before from `C` itself, so blocking changes no bit.
final class GemmBlocks {
  /// Up to so many rows a product does not repay packing `B`.
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
      inPlace(
          scratch, kernels, transA, m, start, steps, a, aOffset, lda, b, bOffset, ldb, z, zOffset,
          ldz, c, cOffset, ldc);
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
    if (transA) {
      int ld = steps + 16;
      float[] rows = scratch.rows(m * ld);
      GemmPacking.transpose(kernels, steps, m, a, aOffset, lda, rows, GemmScratch.ALIGN, ld);
      GemmPanels.multiplyInPlace(
          kernels,
          m,
          n,
          steps,
          rows,
          GemmScratch.ALIGN,
          ld,
          b,
          bOffset,
          ldb,
          z,
          zOffset,
          ldz,
          c,
          cOffset,
          ldc);
    } else {
      GemmPanels.multiplyInPlace(
          kernels, m, n, steps, a, aOffset, lda, b, bOffset, ldb, z, zOffset, ldz, c, cOffset, ldc);
    }
  }

  /// One block of the inner dimension with `B` packed, some rows at a time. Transposed rows of A
  /// are turned in scratch first: read in place they would touch a page per step.
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
    for (int i = 0; i < m; i += GemmScratch.ROWS) {
      int height = Math.min(GemmScratch.ROWS, m - i);
      int zi = zOffset + i * ldz;
      int ci = cOffset + i * ldc;
      if (transA) {
        // Rows apart by a power of two would fall on the same cache sets.
        int ld = steps + 16;
        float[] rows = scratch.rows(height * ld);
        GemmPacking.transpose(
            kernels, steps, height, a, aOffset + i, lda, rows, GemmScratch.ALIGN, ld);
        GemmPanels.multiply(
            kernels,
            false,
            height,
            n,
            steps,
            rows,
            GemmScratch.ALIGN,
            ld,
            pack,
            packOffset,
            z,
            zi,
            ldz,
            c,
            ci,
            ldc,
            scratch.tile);
      } else {
        GemmPanels.multiply(
            kernels,
            false,
            height,
            n,
            steps,
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
            ldc,
            scratch.tile);
      }
    }
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
