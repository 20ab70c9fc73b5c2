package org.espalier.random;

import org.espalier.TensorException;

/// Which elements dropout drops: a pure function of `(seed, stream, row, column)`, so that the
/// backward pass asks again instead of storing a mask, and no order of work changes it.
///
/// A row has a 32-bit key. Each block of 32 columns draws sixteen 32-bit words `mix(key + (16 *
/// block + lane) * 0x9E3779B9)`; the low halves decide columns 0-15 of the block, the high halves
/// columns 16-31. An element is dropped when its 16 bits are below a threshold in `[0, 65536]`, so
/// a probability is a multiple of 1/65536. `mix` is the two-round multiply-xorshift finaliser of
/// Wellons' search (2018).
public final class DropoutMask {
  /// `2^32` over the golden ratio, odd: steps through all 32-bit words.
  public static final int STEP = 0x9E3779B9;

  /// Columns that share their words.
  public static final int BLOCK = 32;

  private DropoutMask() {}

  /// Returns the key of a row.
  public static int rowKey(long seed, int stream, long row) {
    int key = mix((int) seed + STEP);
    key = mix(key ^ (int) (seed >>> 32));
    key = mix(key + stream * 0x85EBCA6B);
    key = mix(key ^ (int) (row >>> 32));
    return mix(key + (int) row * 0xC2B2AE35);
  }

  /// Returns the key with which column 0 is decided as column `block * BLOCK` is with `key`.
  public static int fromBlock(int key, int block) {
    return key + block * (BLOCK / 2) * STEP;
  }

  /// Returns the threshold of a probability: `p * 65536`, rounded.
  ///
  /// @throws TensorException when `p` is not in `[0, 1]`
  public static int threshold(double p) {
    if (!(p >= 0 && p <= 1)) {
      throw new TensorException("dropout probability " + p + " is not in [0, 1]");
    }
    return (int) Math.round(p * 65536);
  }

  /// Returns the factor of the kept elements, `1 / (1 - p)`; 0 when everything is dropped.
  public static float scale(int threshold) {
    return threshold >= 65536 ? 0 : 65536f / (65536 - threshold);
  }

  /// Tells whether the element in that column is dropped.
  public static boolean dropped(int key, int column, int threshold) {
    int word = mix(key + ((column >> 5) * 16 + (column & 15)) * STEP);
    return ((column & 16) == 0 ? word & 0xFFFF : word >>> 16) < threshold;
  }

  static int mix(int x) {
    x ^= x >>> 16;
    x *= 0x7FEB352D;
    x ^= x >>> 15;
    x *= 0x846CA68B;
    return x ^ (x >>> 16);
  }
}
