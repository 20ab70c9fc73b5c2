package org.espalier.cpu;

import java.util.concurrent.atomic.AtomicReferenceArray;

/// Work space of one thread in a matrix product, from a bounded pool.
///
/// 4 MB for packed columns of B and 0.4 MB for packed or transposed rows of A, allocated when first
/// needed, kept, and never cleared. A pool and not a thread-local, because a caller may be one of a
/// million virtual threads.
final class GemmScratch {
  /// Offset of the data in large arrays: G1 starts them at a region, 16 bytes before the data, so
  /// this is a cache line's start.
  static final int ALIGN = 12;

  /// Most floats of B that are packed at once. All are allocated at once too: in a small array,
  /// panels would straddle cache lines, which costs 10 % (see [#ALIGN]).
  static final int PACKED_FLOATS = (1 << 20) - 64;

  /// Floats of A, 384 kB, that stay in the second cache level while the panels of B go by.
  static final int BLOCK_FLOATS = 3 << 15;

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

  private static final int SLOTS = 64;
  private static final AtomicReferenceArray<GemmScratch> POOL = new AtomicReferenceArray<>(SLOTS);

  /// A tile at the ragged right edge of C.
  final float[] tile = new float[TileKernels.MOST_ROWS * TileKernels.MOST_COLUMNS];

  private float[] packed = new float[0];
  private float[] rows = new float[0];

  private GemmScratch() {}

  /// Takes a work space that nobody else has, this thread's last one if it is there.
  static GemmScratch take() {
    int home = home();
    for (int i = 0; i < SLOTS; i++) {
      int slot = (home + i) % SLOTS;
      if (POOL.getPlain(slot) != null) {
        GemmScratch found = POOL.getAndSet(slot, null);
        if (found != null) {
          return found;
        }
      }
    }
    return new GemmScratch();
  }

  /// Gives it back; beyond the pool's size it is garbage.
  void release() {
    int home = home();
    for (int i = 0; i < SLOTS; i++) {
      if (POOL.compareAndSet((home + i) % SLOTS, null, this)) {
        return;
      }
    }
  }

  private static int home() {
    return (int) (Thread.currentThread().threadId() % SLOTS);
  }

  /// An array of at least `floats` floats after [#ALIGN] for packed columns of B.
  float[] packed(int floats) {
    int length = Math.max(floats, PACKED_FLOATS) + ALIGN;
    if (packed.length < length) {
      packed = new float[length];
    }
    return packed;
  }

  /// An array of at least `floats` floats after [#ALIGN] for packed or transposed rows of A.
  float[] rows(int floats) {
    if (rows.length < floats + ALIGN) {
      rows = new float[floats + ALIGN];
    }
    return rows;
  }

  /// How many of `m` rows of A are taken at a time: even parts, in multiples of every tile's
  /// height, of at most [#BLOCK_FLOATS].
  static int height(int m, int steps) {
    int most = BLOCK_FLOATS / steps / TileKernels.MOST_ROWS * TileKernels.MOST_ROWS;
    int blocks = Math.ceilDiv(m, most);
    return Math.ceilDiv(Math.ceilDiv(m, blocks), TileKernels.MOST_ROWS) * TileKernels.MOST_ROWS;
  }

  /// How many steps of the inner dimension each block gets: even parts, at most [#DEPTH], so that
  /// the last is not a sliver.
  static int depth(int k) {
    int blocks = Math.ceilDiv(k, DEPTH);
    return Math.min(k, Math.ceilDiv(Math.ceilDiv(k, blocks), 16) * 16);
  }
}
