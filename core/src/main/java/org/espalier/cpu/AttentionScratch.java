package org.espalier.cpu;

/// Work space of one thread in attention.
///
/// Two tiles of scores of at most [#TILE] floats each (more only for one strip of rows with very
/// many keys), and the packed keys, values, queries and output gradients of one head: they grow
/// with keys times head dimension, and are kept.
final class AttentionScratch {
  /// Most scores in a tile: 128 KB, so that the tile and its gradient stay in the second cache
  /// level.
  private static final int TILE = 1 << 15;

  /// The work spaces of all threads.
  static final Slots<AttentionScratch> POOL = new Slots<>(AttentionScratch::new);

  final float[] tile = new float[TileKernels.MOST_ROWS * TileKernels.MOST_COLUMNS];
  float[] scores = new float[0];
  float[] gradients = new float[0];
  float[] factors = new float[0];
  float[] shifts = new float[0];
  float[] keysT = new float[0];
  float[] valuesT = new float[0];
  float[] keys = new float[0];
  float[] values = new float[0];
  float[] queries = new float[0];
  float[] outputs = new float[0];

  private AttentionScratch() {}

  /// Distance of the rows of scores: room for the padded keys, and not a multiple of 256 bytes,
  /// which would put a column of the tile on few cache sets.
  static int rowDistance(int paddedKeys) {
    int vectors = Math.ceilDiv(paddedKeys, 16);
    return (vectors % 4 == 0 ? vectors + 1 : vectors) * 16;
  }

  /// Query rows of a tile: as many as fit, in whole strips, and one strip at least. Fewer rows
  /// would leave the highest tiles of the products unused, and backward would read and write all
  /// gradients of keys and values more often: over 4096 keys, 12 rows take about half the time of
  /// 7.
  static int tileRows(int queries, int rowDistance) {
    int fit = TILE / rowDistance;
    int strips = fit / TileKernels.MOST_ROWS * TileKernels.MOST_ROWS;
    return Math.min(Math.max(strips, TileKernels.MOST_ROWS), queries);
  }

  /// Returns `array` or a larger one; the content is lost.
  static float[] grown(float[] array, int floats) {
    int length = Math.addExact(floats, GemmScratch.ALIGN);
    return array.length >= length ? array : new float[length];
  }
}
