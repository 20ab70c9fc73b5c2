package org.espalier.cpu;

/// What one thread needs in a matrix product: 0.4 MB for packed or transposed rows of A, allocated
/// when first needed, kept, and never cleared.
final class GemmScratch {
  /// Offset of the data in large arrays: G1 starts them at a region, 16 bytes before the data, so
  /// this is a cache line's start.
  static final int ALIGN = 12;

  /// Most steps of the inner dimension between two visits of C. A strip of A and a panel of B fit
  /// the first cache levels.
  static final int DEPTH = 512;

  /// The start of products that start at zero; [GemmPanels] knows it by identity and does not move
  /// along it.
  static final float[] ZERO = new float[TileKernels.MOST_COLUMNS];

  /// Tells whether `start` is the row of zeros that stands for "nothing to add to".
  @SuppressWarnings("ReferenceEquality") // that very array, not one like it
  static boolean isZero(float[] start) {
    return start == ZERO;
  }

  /// The work spaces of all threads.
  static final Slots<GemmScratch> POOL = new Slots<>(GemmScratch::new);

  /// A tile at the ragged right edge of C.
  final float[] tile = new float[TileKernels.MOST_ROWS * TileKernels.MOST_COLUMNS];

  private float[] rows = new float[0];
  private long stripsOf;
  private int stripsFrom;

  private GemmScratch() {}

  /// Tells whether [#rows] still holds the strips of a block of rows, and notes that it will.
  ///
  /// @param block the number of the product's block, not 0
  boolean holds(long block, int firstRow) {
    boolean same = stripsOf == block && stripsFrom == firstRow;
    stripsOf = block;
    stripsFrom = firstRow;
    return same;
  }

  /// Forgets what [#rows] holds.
  void forget() {
    stripsOf = 0;
  }

  /// An array of at least `floats` floats after [#ALIGN] for packed or transposed rows of A.
  float[] rows(int floats) {
    if (rows.length < floats + ALIGN) {
      rows = new float[floats + ALIGN];
    }
    return rows;
  }

  /// How many steps of the inner dimension each block gets: even parts, at most [#DEPTH], so that
  /// the last is not a sliver.
  static int depth(int k) {
    int blocks = Math.ceilDiv(k, DEPTH);
    return Math.min(k, Math.ceilDiv(Math.ceilDiv(k, blocks), 16) * 16);
  }
}
