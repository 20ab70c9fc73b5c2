package org.espalier.reference;

/// The Gauss error function in double, with a relative error below 1e-15.
///
/// Rational approximations on three ranges by W. J. Cody, "Rational Chebyshev approximations for
/// the error function", Mathematics of Computation 23 (1969). Gradient checks in F64 stand on it,
/// and the small values of `erfc` keep the tail of GELU exact.
public final class Erf {
  private static final double INVERSE_SQRT_PI = 0.5641895835477563;
  private static final double SQRT_HALF = 0.7071067811865476;
  private static final double INVERSE_SQRT_TWO_PI = 0.3989422804014327;

  /// Beyond it `erfc` is below the smallest double.
  private static final double LARGEST = 27.3;

  // erf(x) / x in x^2, for |x| <= 0.46875
  private static final double[] SMALL_OVER = {
    0.18577770618460315,
    3.1611237438705655,
    113.86415415105016,
    377.485237685302,
    3209.3775891384694
  };
  private static final double[] SMALL_UNDER = {
    1, 23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171
  };

  // erfc(x) * e^(x^2) in x, for 0.46875 <= x <= 4
  private static final double[] MIDDLE_OVER = {
    2.1531153547440383e-08,
    0.5641884969886701,
    8.883149794388377,
    66.11919063714163,
    298.6351381974001,
    881.952221241769,
    1712.0476126340707,
    2051.0783778260716,
    1230.3393547979972
  };
  private static final double[] MIDDLE_UNDER = {
    1,
    15.744926110709835,
    117.6939508913125,
    537.1811018620099,
    1621.3895745666903,
    3290.7992357334597,
    4362.619090143247,
    3439.3676741437216,
    1230.3393548037495
  };

  // what is left of the asymptotic series of erfc, in 1 / x^2, for x >= 4
  private static final double[] LARGE_OVER = {
    0.016315387137302097,
    0.30532663496123236,
    0.36034489994980445,
    0.12578172611122926,
    0.016083785148742275,
    0.0006587491615298378
  };
  private static final double[] LARGE_UNDER = {
    1,
    2.568520192289822,
    1.8729528499234673,
    0.5279051029514285,
    0.06051834131244132,
    0.0023352049762686918
  };

  private Erf() {}

  /// Returns `2 / sqrt(pi) * integral of e^(-t^2) from 0 to x`.
  public static double erf(double x) {
    double magnitude = Math.abs(x);
    if (magnitude <= 0.46875) {
      double square = x * x;
      return x * polynomial(SMALL_OVER, square) / polynomial(SMALL_UNDER, square);
    }
    return Math.copySign(1 - upper(magnitude), x);
  }

  /// Returns `1 - erf(x)` without the loss of digits that the subtraction would bring.
  public static double erfc(double x) {
    double magnitude = Math.abs(x);
    if (magnitude <= 0.46875) {
      return 1 - erf(x);
    }
    double tail = upper(magnitude);
    return x < 0 ? 2 - tail : tail;
  }

  /// Returns the distribution function of the standard normal distribution, `(1 + erf(x / sqrt 2))
  /// / 2`.
  public static double normalCdf(double x) {
    return 0.5 * erfc(-x * SQRT_HALF);
  }

  /// Returns the density of the standard normal distribution, `e^(-x^2 / 2) / sqrt(2 pi)`.
  public static double normalDensity(double x) {
    return INVERSE_SQRT_TWO_PI * StrictMath.exp(-0.5 * x * x);
  }

  /// Returns `erfc(x)` for `x >= 0.46875`.
  private static double upper(double x) {
    if (x > LARGEST) {
      return 0;
    }
    double scaled;
    if (x <= 4) {
      scaled = polynomial(MIDDLE_OVER, x) / polynomial(MIDDLE_UNDER, x);
    } else {
      double z = 1 / (x * x);
      scaled = (INVERSE_SQRT_PI - z * polynomial(LARGE_OVER, z) / polynomial(LARGE_UNDER, z)) / x;
    }
    // x^2 = head^2 + (x - head)(x + head), and head^2 has no rounding error to be magnified by the
    // exponential
    double head = (int) (x * 16) / 16.0;
    double rest = (x - head) * (x + head);
    return StrictMath.exp(-head * head) * StrictMath.exp(-rest) * scaled;
  }

  private static double polynomial(double[] highestFirst, double x) {
    double sum = 0;
    for (double coefficient : highestFirst) {
      sum = sum * x + coefficient;
    }
    return sum;
  }
}
