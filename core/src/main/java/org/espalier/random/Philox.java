package org.espalier.random;

/// The counter-based generator Philox 4x32-10 (Salmon, Moraes, Dror, Shaw 2011): a function from
/// (seed, stream, index) to bits, without any state.
///
/// Four words come from each block; word `i` of a stream is word `i mod 4` of block `i / 4`. The
/// key is the seed; the counter is (block, stream).
public final class Philox {
  private static final int M0 = 0xD2511F53;
  private static final int M1 = 0xCD9E8D57;
  private static final int W0 = 0x9E3779B9;
  private static final int W1 = 0xBB67AE85;

  private Philox() {}

  /// Writes the four words of a block to `out[at .. at + 3]`.
  public static void block(long seed, long stream, long block, int[] out, int at) {
    int c0 = (int) block;
    int c1 = (int) (block >>> 32);
    int c2 = (int) stream;
    int c3 = (int) (stream >>> 32);
    int k0 = (int) seed;
    int k1 = (int) (seed >>> 32);
    for (int round = 0; round < 10; round++) {
      long p0 = (M0 & 0xffffffffL) * (c0 & 0xffffffffL);
      long p1 = (M1 & 0xffffffffL) * (c2 & 0xffffffffL);
      int n0 = (int) (p1 >>> 32) ^ c1 ^ k0;
      int n2 = (int) (p0 >>> 32) ^ c3 ^ k1;
      c1 = (int) p1;
      c3 = (int) p0;
      c0 = n0;
      c2 = n2;
      k0 += W0;
      k1 += W1;
    }
    out[at] = c0;
    out[at + 1] = c1;
    out[at + 2] = c2;
    out[at + 3] = c3;
  }

  /// Returns a float in `[0, 1)` from the upper 24 bits of a word.
  public static float uniform(int word) {
    return (word >>> 8) * 0x1p-24f;
  }

  /// Returns a normal number from two words (Box, Muller 1958): the cosine one, or the sine one,
  /// within 1e-12.
  ///
  /// Logarithm, sine and cosine are series in plain double arithmetic, which gives the same bits on
  /// every machine and is several times faster than `StrictMath`.
  public static double normal(int first, int second, boolean sine) {
    double radius = Math.sqrt(-2 * log(((first & 0xffffffffL) + 0.5) * 0x1p-32));
    // The turn in quarters, the nearest of them, and what is left, within an eighth of a turn.
    int quarter = (second + 0x20000000) >>> 30;
    double angle = (second - (quarter << 30)) * (0x1p-31 * Math.PI);
    double z = angle * angle;
    double trig;
    if (((quarter & 1) == 1) == sine) {
      trig =
          1
              + z
                  * (-1 / 2.0
                      + z
                          * (1 / 24.0
                              + z
                                  * (-1 / 720.0
                                      + z
                                          * (1 / 40320.0
                                              + z
                                                  * (-1 / 3628800.0
                                                      + z
                                                          * (1 / 479001600.0
                                                              - z / 87178291200.0))))));
    } else {
      trig =
          angle
              * (1
                  + z
                      * (-1 / 6.0
                          + z
                              * (1 / 120.0
                                  + z
                                      * (-1 / 5040.0
                                          + z
                                              * (1 / 362880.0
                                                  + z * (-1 / 39916800.0 + z / 6227020800.0))))));
    }
    boolean negative = sine ? quarter >= 2 : quarter == 1 || quarter == 2;
    return radius * (negative ? -trig : trig);
  }

  /// `log(m 2^e) = 2 artanh((m - 1) / (m + 1)) + e log(2)`, `sqrt(1/2) <= m < sqrt(2)`, for normal
  /// positive numbers.
  private static double log(double x) {
    long bits = Double.doubleToRawLongBits(x);
    long exponent = (bits - 0x3FE6A09E667F3BCDL) >> 52;
    double m = Double.longBitsToDouble(bits - (exponent << 52));
    double s = (m - 1) / (m + 1);
    double z = s * s;
    double series =
        1
            + z
                * (1 / 3.0
                    + z
                        * (1 / 5.0
                            + z
                                * (1 / 7.0
                                    + z
                                        * (1 / 9.0
                                            + z
                                                * (1 / 11.0
                                                    + z * (1 / 13.0 + z * (1 / 15.0 + z / 17)))))));
    return 2 * s * series + exponent * 0.6931471805599453;
  }
}
