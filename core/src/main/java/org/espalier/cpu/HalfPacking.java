package org.espalier.cpu;

import org.espalier.spi.HalfStorage;

/// Packs right operands of 16 bits: a part that stays in the nearest caches becomes f32, and is
/// packed from there as any other ([GemmPacking]). So a product has the bits that the same matrix
/// in f32 gives, and no such matrix is ever in memory.
final class HalfPacking {
  /// Columns that are packed at a time, a multiple of every panel's width.
  static final int COLUMNS = TileKernels.MOST_COLUMNS;

  /// Room for one part: 128 kB.
  private static final Slots<float[]> PARTS =
      new Slots<>(() -> new float[GemmScratch.DEPTH * COLUMNS + GemmScratch.ALIGN]);

  private HalfPacking() {}

  /// Packs up to [#COLUMNS] columns of `B[depth, n]` that is stored transposed, as `[n, depth]`.
  static void columns(
      TileKernels kernels,
      int depth,
      int n,
      HalfStorage b,
      int bOffset,
      int ldb,
      float[] pack,
      int packOffset) {
    float[] part = PARTS.take();
    int at = GemmScratch.ALIGN;
    for (int j = 0; j < n; j++) {
      HalfCopies.widen(b, bOffset + j * ldb, part, at + j * depth, depth);
    }
    GemmPacking.columns(kernels, depth, n, part, at, depth, pack, packOffset);
    PARTS.giveBack(part);
  }

  /// Packs the [GemmPacking#ROWS_ACROSS] rows from `k` of the row-major matrix `B[depth, n]`, or
  /// those that are left.
  static void rowsAcross(
      TileKernels kernels,
      int depth,
      int k,
      int n,
      HalfStorage b,
      int bOffset,
      int ldb,
      float[] pack,
      int packOffset) {
    float[] part = PARTS.take();
    int at = GemmScratch.ALIGN;
    int steps = Math.min(GemmPacking.ROWS_ACROSS, depth - k);
    for (int j = 0; j < n; j += COLUMNS) {
      int columns = Math.min(COLUMNS, n - j);
      for (int i = 0; i < steps; i++) {
        HalfCopies.widen(b, bOffset + (k + i) * ldb + j, part, at + i * COLUMNS, columns);
      }
      // Row k of the matrix is the first of the part.
      int zero = at - k * COLUMNS;
      GemmPacking.rowsAcross(
          kernels, depth, k, columns, part, zero, COLUMNS, pack, packOffset + j * depth);
    }
    PARTS.giveBack(part);
  }
}
