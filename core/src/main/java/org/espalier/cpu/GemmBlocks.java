package org.espalier.cpu;

import org.espalier.parallel.Workers;

/// A matrix product: blocks of the inner dimension, and what is packed for each.
///
/// Blocks of the inner dimension go in ascending order, and each continues the chains of the one
/// before from `C` itself, so blocking changes no bit.
final class GemmBlocks {
  /// Up to so many rows a product does not repay packing a row-major `B`. Packed panels begin on
  /// cache lines, which arrays do not: read in place, each vector straddles two.
  private static final int FEW_ROWS = 48;

  /// Floats from which threads share the packing of `B`.
  private static final int WORTH_SHARING = 1 << 15;

  /// Most floats of B that are packed at once. All are allocated at once too: in a small array,
  /// panels would straddle cache lines, which costs 10 % (see [GemmScratch#ALIGN]).
  private static final int PACKED_FLOATS = (1 << 20) - 64;

  /// Room for packed columns of B, 4 MB each.
  private static final Slots<float[]> PACKS =
      new Slots<>(() -> new float[PACKED_FLOATS + GemmScratch.ALIGN]);

  private GemmBlocks() {}

  /// `C = Z + op(A) op(B)` with `m, n, k > 0`; `z` may be [GemmScratch#ZERO].
  ///
  /// @param parties threads to use at most
  static void multiply(
      TileKernels kernels,
      int parties,
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
    int widest = kernels.panelWidth(Integer.MAX_VALUE);
    int inPlace = transB || m > FEW_ROWS ? 0 : n / widest * widest;
    int depth = GemmScratch.depth(k);
    int most = PACKED_FLOATS / depth / 64 * 64;
    float[] pack = inPlace < n ? PACKS.take() : GemmScratch.ZERO;
    try {
      for (int from = 0; from < k; from += depth) {
        int steps = Math.min(depth, k - from);
        float[] start = from == 0 ? z : c;
        int startOffset = from == 0 ? zOffset : cOffset;
        int ldStart = from == 0 ? ldz : ldc;
        int along = GemmScratch.isZero(start) ? 0 : 1;
        int aBlock = aOffset + (transA ? from * lda : from);
        int bBlock = bOffset + (transB ? from : from * ldb);
        if (inPlace > 0) {
          new GemmBlock(
                  kernels,
                  transA,
                  m,
                  inPlace,
                  steps,
                  a,
                  aBlock,
                  lda,
                  GemmBlock.Right.IN_PLACE,
                  b,
                  bBlock,
                  ldb,
                  start,
                  startOffset,
                  ldStart,
                  c,
                  cOffset,
                  ldc)
              .run(parties);
        }
        for (int j = inPlace; j < n; j += most) {
          int columns = Math.min(most, n - j);
          int bColumn = bBlock + (transB ? j * ldb : j);
          pack(kernels, parties, transB, steps, columns, b, bColumn, ldb, pack);
          new GemmBlock(
                  kernels,
                  transA,
                  m,
                  columns,
                  steps,
                  a,
                  aBlock,
                  lda,
                  GemmBlock.Right.PACKED,
                  pack,
                  GemmScratch.ALIGN,
                  0,
                  start,
                  startOffset + j * along,
                  ldStart,
                  c,
                  cOffset + j,
                  ldc)
              .run(parties);
        }
      }
    } finally {
      if (inPlace < n) {
        PACKS.giveBack(pack);
      }
    }
  }

  private static void pack(
      TileKernels kernels,
      int parties,
      boolean transB,
      int steps,
      int columns,
      float[] b,
      int bOffset,
      int ldb,
      float[] pack) {
    int to = GemmScratch.ALIGN;
    boolean alone = parties == 1 || steps * columns < WORTH_SHARING;
    if (transB && alone) {
      GemmPacking.columns(kernels, steps, columns, b, bOffset, ldb, pack, to);
    } else if (transB) {
      int width = TileKernels.MOST_COLUMNS;
      Workers.run(
          Math.ceilDiv(columns, width),
          panel -> {
            int j = panel * width;
            GemmPacking.columns(
                kernels,
                steps,
                Math.min(width, columns - j),
                b,
                bOffset + j * ldb,
                ldb,
                pack,
                to + j * steps);
          });
    } else if (alone) {
      GemmPacking.rows(kernels, steps, columns, b, bOffset, ldb, pack, to);
    } else {
      int across = GemmPacking.ROWS_ACROSS;
      Workers.run(
          Math.ceilDiv(steps, across),
          part ->
              GemmPacking.rowsAcross(
                  kernels, steps, part * across, columns, b, bOffset, ldb, pack, to));
    }
  }

  /// `C = Z + op(A) B` with a packed `B`, whose sizes are `n` and `k`.
  ///
  /// @param parties threads to use at most
  static void multiplyPacked(
      int parties,
      boolean transA,
      int m,
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
    for (int from = 0; from < b.k(); from += b.depth()) {
      int steps = Math.min(b.depth(), b.k() - from);
      boolean first = from == 0;
      new GemmBlock(
              b.kernels(),
              transA,
              m,
              b.n(),
              steps,
              a,
              aOffset + (transA ? from * lda : from),
              lda,
              GemmBlock.Right.PACKED,
              b.data(),
              b.offset(from),
              0,
              first ? z : c,
              first ? zOffset : cOffset,
              first ? ldz : ldc,
              c,
              cOffset,
              ldc)
          .run(parties);
    }
  }
}
