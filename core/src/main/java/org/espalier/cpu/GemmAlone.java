package org.espalier.cpu;

/// One product of a batch of small ones, on the calling thread and within its caches.
///
/// `B` is packed whole and `A` is read where it is, so there are no blocks to divide and nothing to
/// describe to other threads: for a product of some microseconds, as attention has by the hundred,
/// that and the packing of `A` took a third of its time. Each strip of rows crosses all panels
/// before the next, so that `C` is written in the order in which it lies.
final class GemmAlone {
  /// Most floats of each right operand, and of a left one: 384 kB, so that both stay in the second
  /// cache level.
  private static final int MOST_FLOATS = 3 << 15;

  /// Fewer rows do not repay packing `B`.
  private static final int LEAST_ROWS = 48;

  /// Room for the panels, 2 MB: half a region of a heap of 8 GB, and so it begins on a cache line
  /// (see [GemmScratch#ALIGN]). Only its front is used.
  private static final Slots<float[]> ROOMS = new Slots<>(() -> new float[1 << 19]);

  private GemmAlone() {}

  /// Tells whether products of this size are computed here, provided that there are many of them.
  static boolean fits(TileKernels kernels, int m, int n, int k) {
    return k > 0
        && k <= GemmScratch.DEPTH
        && m >= LEAST_ROWS
        && (long) m * k <= MOST_FLOATS
        && n <= MOST_FLOATS
        && (long) GemmPacking.paddedColumns(kernels, n) * k <= MOST_FLOATS;
  }

  /// `C = Z + op(A) op(B)` for sizes that fit; `z` may be [GemmScratch#ZERO].
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
    float[] room = ROOMS.take();
    GemmScratch scratch = GemmScratch.POOL.take();
    int panels = GemmScratch.ALIGN;
    if (transB) {
      GemmPacking.columns(kernels, k, n, b, bOffset, ldb, room, panels);
    } else {
      GemmPacking.rows(kernels, k, n, b, bOffset, ldb, room, panels);
    }
    int widest = kernels.panelWidth(Integer.MAX_VALUE);
    int full = n - n % widest;
    int along = GemmScratch.isZero(z) ? 0 : 1;
    if (full > 0) {
      int rows;
      for (int i = 0; i < m; i += rows) {
        rows = kernels.stripRows(m - i, widest);
        int left = aOffset + (transA ? i : i * lda);
        int zi = zOffset + i * ldz;
        int ci = cOffset + i * ldc;
        if (along == 0 && rows == kernels.stripHeight()) {
          int count = full / widest;
          if (transA) {
            kernels.acrossColumns(count, k, a, left, lda, room, panels, c, ci, ldc);
          } else {
            kernels.acrossRows(count, k, a, left, lda, room, panels, c, ci, ldc);
          }
          continue;
        }
        strip(
            kernels, transA, rows, widest, full, k, a, left, lda, room, z, zi, ldz, along, c, ci,
            ldc);
      }
    }
    int rest = n - full;
    int narrow = rest == 0 ? 0 : kernels.panelWidth(rest);
    if (rest > 0 && rest == narrow && !transA) {
      int rows;
      for (int i = 0; i < m; i += rows) {
        rows = kernels.farRows(m - i, narrow);
        kernels.rows(
            rows,
            narrow,
            k,
            a,
            aOffset + i * lda,
            lda,
            room,
            panels + full * k,
            z,
            zOffset + i * ldz + full * along,
            ldz,
            c,
            cOffset + i * ldc + full,
            ldc);
      }
    } else if (rest > 0) {
      GemmPanels.multiply(
          kernels,
          transA ? GemmPanels.Left.COLUMNS : GemmPanels.Left.ROWS,
          m,
          rest,
          k,
          a,
          aOffset,
          lda,
          room,
          panels + full * k,
          z,
          zOffset + full * along,
          ldz,
          c,
          cOffset + full,
          ldc,
          scratch.tile);
    }
    GemmScratch.POOL.giveBack(scratch);
    ROOMS.giveBack(room);
  }

  /// One strip of rows by all panels.
  private static void strip(
      TileKernels kernels,
      boolean transA,
      int rows,
      int width,
      int n,
      int k,
      float[] a,
      int aOffset,
      int lda,
      float[] panels,
      float[] z,
      int zOffset,
      int ldz,
      int along,
      float[] c,
      int cOffset,
      int ldc) {
    for (int j = 0; j < n; j += width) {
      int panel = GemmScratch.ALIGN + j * k;
      int zj = zOffset + j * along;
      if (transA) {
        kernels.columns(
            rows, width, k, a, aOffset, lda, panels, panel, z, zj, ldz, c, cOffset + j, ldc);
      } else {
        kernels.rows(
            rows, width, k, a, aOffset, lda, panels, panel, z, zj, ldz, c, cOffset + j, ldc);
      }
    }
  }
}
