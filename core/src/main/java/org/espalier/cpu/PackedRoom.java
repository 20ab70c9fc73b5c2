package org.espalier.cpu;

import org.jspecify.annotations.Nullable;

/// Room for packed panels that begins on a cache line and stays there.
///
/// Java gives no say in where an array lies, but G1 puts one of half a region or more at the start
/// of a region of its own and leaves it there: its element 12 is on a cache line. Small matrices
/// therefore share large arrays. A panel that straddles lines costs a quarter of a product's speed
/// (measured: 70 against 88 GFLOP/s).
final class PackedRoom {
  /// Floats of a shared array: 4 MB, at least half a region of any heap up to 16 GB.
  private static final int SHARED = 1 << 20;

  private static final int LINE = 16;
  private static final Object LOCK = new Object();
  private static @Nullable PackedRoom open;

  private final float[] array;
  private final int offset;

  private PackedRoom(float[] array, int offset) {
    this.array = array;
    this.offset = offset;
  }

  /// Returns room for this many floats; the array is shared with others, and lives as long as one
  /// of them.
  static PackedRoom take(int floats) {
    if (floats > SHARED / 2) {
      return new PackedRoom(new float[floats + GemmScratch.ALIGN], GemmScratch.ALIGN);
    }
    synchronized (LOCK) {
      PackedRoom room = open;
      if (room == null || room.offset + floats > room.array.length) {
        room = new PackedRoom(new float[SHARED + GemmScratch.ALIGN], GemmScratch.ALIGN);
      }
      open = new PackedRoom(room.array, room.offset + Math.ceilDiv(floats, LINE) * LINE);
      return room;
    }
  }

  /// Returns the array.
  float[] array() {
    return array;
  }

  /// Returns the index of the first float of this room.
  int offset() {
    return offset;
  }
}
