package org.espalier.cpu;

/// Functions of floats computed in double by series of our own and rounded once: within 0.51 units
/// in the last place over the whole range, subnormal results included.
///
/// These are the functions that training seldom calls on many elements. One plain form serves every
/// vector width; the operations are those that IEEE 754 defines to the bit, so the interpreter and
/// the compilers agree, which `Math.sin` and its like do not promise.
final class DoubleMath {
  private static final double LN2 = 0.6931471805599453;
  private static final double LOG2_E = 1.4426950408889634;

  /// `log(2)` in two parts; the first has 33 bits, so that its multiples are exact.
  private static final double LN2_HIGH = 0x1.62e42feep-1;

  private static final double LN2_LOW = 0x1.a39ef35793c76p-33;

  private static final long SQRT_HALF_BITS = 0x3FE6A09E667F3BCDL;

  private static final double TWO_OVER_PI = 0.6366197723675814;

  /// `pi / 2` in two parts (Cody, Waite 1980); the first has 33 bits, so that its multiples up to
  /// 2^20 are exact.
  private static final double HALF_PI_HIGH = 0x1.921fb544p0;

  private static final double HALF_PI_LOW = 0x1.0b4611a626331p-34;

  /// Up to here two parts of `pi / 2` are enough; beyond, `StrictMath` reduces with as many bits as
  /// it takes (Payne, Hanek 1983).
  private static final float NEAR = 1e6f;

  private DoubleMath() {}

  /// Sine.
  static float sin(float x) {
    if (!(Math.abs(x) <= NEAR)) {
      return (float) StrictMath.sin(x);
    }
    return (float) withSignOfZero(x, turned(x, 0));
  }

  /// Cosine.
  static float cos(float x) {
    return !(Math.abs(x) <= NEAR) ? (float) StrictMath.cos(x) : (float) turned(x, 1);
  }

  /// `a ^ b`, with the special cases of `Math.pow`.
  static float pow(float a, float b) {
    if (!(a > 0 && a < Float.POSITIVE_INFINITY && Math.abs(b) < Float.POSITIVE_INFINITY)) {
      return (float) StrictMath.pow(a, b);
    }
    double t = Math.max(-200, Math.min(200, b * log(a))); // floats end before
    double n = Math.rint(t * LOG2_E);
    double p = series(t - n * LN2_HIGH - n * LN2_LOW);
    return (float) (powerOfTwo(n) * (1 + p));
  }

  /// The sine (`quarter` 0) or cosine (1) of `x`, at most `NEAR`.
  private static double turned(float x, int quarter) {
    double n = Math.rint(x * TWO_OVER_PI);
    double r = x - n * HALF_PI_HIGH - n * HALF_PI_LOW;
    double z = r * r;
    int turn = (int) n + quarter;
    double y =
        (turn & 1) == 0
            ? r + r * z * sineSeries(z)
            : 1 - z * 0.5 + z * z * cosineSeries(z); // |r| <= pi/4: the last term left is 1e-14
    return (turn & 2) == 0 ? y : -y;
  }

  /// `(sin(r) / r - 1) / r^2` in `z = r^2`.
  private static double sineSeries(double z) {
    double p = 1 / 6227020800.0;
    p = p * z - 1 / 39916800.0;
    p = p * z + 1 / 362880.0;
    p = p * z - 1 / 5040.0;
    p = p * z + 1 / 120.0;
    return p * z - 1 / 6.0;
  }

  /// `(cos(r) - 1 + r^2 / 2) / r^4` in `z = r^2`.
  private static double cosineSeries(double z) {
    double p = -1 / 87178291200.0;
    p = p * z + 1 / 479001600.0;
    p = p * z - 1 / 3628800.0;
    p = p * z + 1 / 40320.0;
    p = p * z - 1 / 720.0;
    return p * z + 1 / 24.0;
  }

  /// `e^r - 1` for `|r| <= log(2) / 2`, to 1e-14.
  private static double series(double r) {
    double p = 1 / 479001600.0;
    p = p * r + 1 / 39916800.0;
    p = p * r + 1 / 3628800.0;
    p = p * r + 1 / 362880.0;
    p = p * r + 1 / 40320.0;
    p = p * r + 1 / 5040.0;
    p = p * r + 1 / 720.0;
    p = p * r + 1 / 120.0;
    p = p * r + 1 / 24.0;
    p = p * r + 1 / 6.0;
    p = p * r + 0.5;
    return r + r * r * p;
  }

  /// `log(x)` for normal `x > 0`: every positive float is one as a double.
  private static double log(double x) {
    long bits = Double.doubleToRawLongBits(x);
    long e = (bits - SQRT_HALF_BITS) >> 52;
    return e * LN2 + logOfOnePlus(Double.longBitsToDouble(bits - (e << 52)) - 1);
  }

  /// `log(1 + f) = 2 artanh(f / (2 + f))` for `sqrt(1/2) <= 1 + f < sqrt(2)`, to 1e-15.
  private static double logOfOnePlus(double f) {
    double s = f / (2 + f);
    double z = s * s;
    double p = 1 / 19.0;
    p = p * z + 1 / 17.0;
    p = p * z + 1 / 15.0;
    p = p * z + 1 / 13.0;
    p = p * z + 1 / 11.0;
    p = p * z + 1 / 9.0;
    p = p * z + 1 / 7.0;
    p = p * z + 1 / 5.0;
    p = p * z + 1 / 3.0;
    return 2 * s + 2 * s * z * p;
  }

  /// `2^n` for `|n| < 1000`; anything for NaN.
  private static double powerOfTwo(double n) {
    return Double.longBitsToDouble(((long) n + 1023) << 52);
  }

  /// Gives back the sign that a difference of equal zeros has lost.
  private static double withSignOfZero(float x, double y) {
    return x == 0 ? x : y;
  }
}
