package org.espalier.cpu;

import org.espalier.parallel.BlockTask;
import org.espalier.parallel.Workers;
import org.jspecify.annotations.Nullable;

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
  private static final int PACKED_FLOATS = (3 << 19) - 64;

  /// Room for packed columns of B, 6 MB each.
  private static final Slots<float[]> PACKS =
      new Slots<>(() -> new float[PACKED_FLOATS + GemmScratch.ALIGN]);

  /// Up to so many rows a product with a right operand of 16 bits packs it in small parts.
  private static final int FEW_HALF_ROWS = 256;

  /// Columns of such a part.
  private static final int GROUP = 2 * TileKernels.MOST_COLUMNS;

  /// Room for such parts, 256 kB each.
  private static final Slots<float[]> GROUPS =
      new Slots<>(() -> new float[GROUP * GemmScratch.DEPTH + GemmScratch.ALIGN]);

  private GemmBlocks() {}

  /// `C = Z + op(A) op(B)` with `m, n, k > 0`; `z` may be [GemmScratch#ZERO].
  ///
  /// @param parties threads to use at most
  static void multiply(
      TileKernels kernels,
      int parties,
      boolean transA,
      int m,
      int n,
      int k,
      float[] a,
      int aOffset,
      int lda,
      RightMatrix b,
      float[] z,
      int zOffset,
      int ldz,
      float[] c,
      int cOffset,
      int ldc) {
    if (b instanceof RightMatrix.Halves && m <= FEW_HALF_ROWS) {
      byGroups(
          kernels, parties, transA, m, n, k, a, aOffset, lda, b, z, zOffset, ldz, c, cOffset, ldc);
      return;
    }
    int widest = kernels.panelWidth(Integer.MAX_VALUE);
    float @Nullable [] adjacent =
        m <= FEW_ROWS && b instanceof RightMatrix.Floats f && !f.transposed() ? f.elements() : null;
    int inPlace = adjacent == null ? 0 : n / widest * widest;
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
        if (adjacent != null && inPlace > 0) {
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
                  adjacent,
                  b.offset() + from * b.ld(),
                  b.ld(),
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
          int corner = b.offset() + (b.transposed() ? from + j * b.ld() : from * b.ld() + j);
          pack(kernels, parties, steps, columns, b, corner, pack);
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

  /// The same in units of some columns, each of which packs them into memory that stays in the
  /// second cache level: `B` comes from memory once, in 16 bits, and no pack goes there. For many
  /// rows that is not worth packing `A` for each unit.
  private static void byGroups(
      TileKernels kernels,
      int parties,
      boolean transA,
      int m,
      int n,
      int k,
      float[] a,
      int aOffset,
      int lda,
      RightMatrix b,
      float[] z,
      int zOffset,
      int ldz,
      float[] c,
      int cOffset,
      int ldc) {
    int depth = GemmScratch.depth(k);
    int along = GemmScratch.isZero(z) ? 0 : 1;
    BlockTask group =
        unit -> {
          int j = unit * GROUP;
          int columns = Math.min(GROUP, n - j);
          float[] pack = GROUPS.take();
          for (int from = 0; from < k; from += depth) {
            int steps = Math.min(depth, k - from);
            int corner = b.offset() + (b.transposed() ? from + j * b.ld() : from * b.ld() + j);
            pack(kernels, 1, steps, columns, b, corner, pack);
            new GemmBlock(
                    kernels,
                    transA,
                    m,
                    columns,
                    steps,
                    a,
                    aOffset + (transA ? from * lda : from),
                    lda,
                    GemmBlock.Right.PACKED,
                    pack,
                    GemmScratch.ALIGN,
                    0,
                    from == 0 ? z : c,
                    from == 0 ? zOffset + j * along : cOffset + j,
                    from == 0 ? ldz : ldc,
                    c,
                    cOffset + j,
                    ldc)
                .run(1);
          }
          GROUPS.giveBack(pack);
        };
    int units = Math.ceilDiv(n, GROUP);
    if (parties > 1) {
      Workers.run(units, group);
    } else {
      for (int unit = 0; unit < units; unit++) {
        group.run(unit);
      }
    }
  }

  /// Packs the part of `B` that begins at index `corner` of its array.
  private static void pack(
      TileKernels kernels,
      int parties,
      int steps,
      int columns,
      RightMatrix b,
      int corner,
      float[] pack) {
    int each = b.transposed() ? HalfPacking.COLUMNS : GemmPacking.ROWS_ACROSS;
    int parts = Math.ceilDiv(b.transposed() ? columns : steps, each);
    if (parties == 1 || steps * columns < WORTH_SHARING) {
      for (int part = 0; part < parts; part++) {
        packPart(kernels, part * each, steps, columns, b, corner, pack);
      }
    } else {
      Workers.run(parts, part -> packPart(kernels, part * each, steps, columns, b, corner, pack));
    }
  }

  /// Packs the columns from `first` on if the transpose is stored, else the rows.
  private static void packPart(
      TileKernels kernels,
      int first,
      int steps,
      int columns,
      RightMatrix b,
      int corner,
      float[] pack) {
    int ld = b.ld();
    int to = GemmScratch.ALIGN;
    if (b.transposed()) {
      int some = Math.min(HalfPacking.COLUMNS, columns - first);
      int at = corner + first * ld;
      int panel = to + first * steps;
      switch (b) {
        case RightMatrix.Floats f ->
            GemmPacking.columns(kernels, steps, some, f.elements(), at, ld, pack, panel);
        case RightMatrix.Halves h ->
            HalfPacking.columns(kernels, steps, some, h.elements(), at, ld, pack, panel);
      }
    } else {
      switch (b) {
        case RightMatrix.Floats f ->
            GemmPacking.rowsAcross(
                kernels, steps, first, columns, f.elements(), corner, ld, pack, to);
        case RightMatrix.Halves h ->
            HalfPacking.rowsAcross(
                kernels, steps, first, columns, h.elements(), corner, ld, pack, to);
      }
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
