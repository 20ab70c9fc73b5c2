package org.espalier.spi;

/// Conversions to and from 16 bits; those of F16 that are missing here are in `Float`.
public final class Halves {
  private Halves() {}

  /// Returns the value of a BF16, exactly.
  public static float fromBfloat(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /// Returns the nearest BF16, ties to even; NaN stays NaN.
  public static short toBfloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    int rounded = bits + 0x7fff + ((bits >>> 16) & 1);
    int nan = (0x7f800000 - (bits & 0x7fffffff)) >> 31; // all ones for NaN: loops have no branch
    return (short) (((rounded & ~nan) | ((bits | 0x400000) & nan)) >>> 16);
  }

  /// Returns a float from which rounding on to 16 bits gives what rounding `value` at once would:
  /// towards zero, with the last bit set when something was cut off (Boldo, Melquiond 2008).
  public static float roundToOdd(double value) {
    float near = (float) value;
    if (near == value || Double.isNaN(value)) {
      return near;
    }
    int bits = Float.floatToRawIntBits(near);
    int cut = Math.abs((double) near) > Math.abs(value) ? bits - 1 : bits;
    return Float.intBitsToFloat(cut | 1);
  }

  /// The same for an integer.
  public static float roundToOdd(long value) {
    float near = value;
    long back = (long) near; // stops at the largest long, from which nothing was cut off then
    if (back == value) {
      return near;
    }
    int bits = Float.floatToRawIntBits(near);
    int cut = value > 0 == back > value ? bits - 1 : bits;
    return Float.intBitsToFloat(cut | 1);
  }
}
