package org.espalier.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.MathContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErfTest {
  private static final MathContext DIGITS = new MathContext(90);
  private static final BigDecimal SQRT_PI =
      new BigDecimal(
          "1.772453850905516027298167483341145182797549456122387128213807789852911284591032181374950656738544665");

  /// Abramowitz and Stegun (1964), table 7.1.
  @ParameterizedTest
  @CsvSource({
    "0.1, 0.1124629160",
    "0.5, 0.5204998778",
    "1.0, 0.8427007929",
    "1.5, 0.9661051465",
    "2.0, 0.9953222650"
  })
  void agreesWithThePublishedTable(double x, double erf) {
    assertEquals(erf, Erf.erf(x), 0.5e-10);
    assertEquals(-erf, Erf.erf(-x), 0.5e-10);
    assertEquals(1 - erf, Erf.erfc(x), 0.5e-10);
  }

  @Test
  void isWithinFourUlpsOfTheSeriesInNinetyDigits() {
    double worst = 0;
    double worstComplement = 0;
    for (int i = -100; i <= 100; i++) {
      double x = i * 0.0609375 + 1e-9;
      BigDecimal erf = series(x);
      worst = Math.max(worst, relativeError(Erf.erf(x), erf));
      worstComplement =
          Math.max(worstComplement, relativeError(Erf.erfc(x), BigDecimal.ONE.subtract(erf)));
    }
    assertTrue(worst < 4.5e-16, "erf is off by " + worst);
    assertTrue(worstComplement < 9e-16, "erfc is off by " + worstComplement);
  }

  /// `erf(x) = 2 / sqrt(pi) * sum over n of (-1)^n x^(2n+1) / (n! (2n+1))`.
  private static BigDecimal series(double x) {
    BigDecimal exact = new BigDecimal(x);
    BigDecimal square = exact.multiply(exact, DIGITS);
    BigDecimal term = exact;
    BigDecimal sum = exact;
    for (int n = 1; term.abs().doubleValue() > 1e-60; n++) {
      term = term.multiply(square, DIGITS).divide(BigDecimal.valueOf(-n), DIGITS);
      sum = sum.add(term.divide(BigDecimal.valueOf(2L * n + 1), DIGITS), DIGITS);
    }
    return sum.multiply(BigDecimal.TWO).divide(SQRT_PI, DIGITS);
  }

  private static double relativeError(double actual, BigDecimal expected) {
    return new BigDecimal(actual).subtract(expected).divide(expected, DIGITS).abs().doubleValue();
  }

  @Test
  void keepsTheDigitsOfAFarTail() {
    assertEquals(2.088487583762545e-45, Erf.erfc(10), 3e-60);
    assertEquals(5.395865611607901e-176, Erf.erfc(20), 1e-190);
    assertEquals(0, Erf.erfc(28));
    assertEquals(2, Erf.erfc(-28));
  }

  @Test
  void keepsSpecialValues() {
    assertEquals(1, Erf.erf(Double.POSITIVE_INFINITY));
    assertEquals(-1, Erf.erf(Double.NEGATIVE_INFINITY));
    assertTrue(Double.isNaN(Erf.erf(Double.NaN)) && Double.isNaN(Erf.erfc(Double.NaN)));
    assertEquals(-0.0, Erf.erf(-0.0));
    assertEquals(2 / Math.sqrt(Math.PI) * 1e-300, Erf.erf(1e-300), 1e-315);
    assertEquals(1, Erf.erf(Double.MAX_VALUE));
  }

  @Test
  void normalDistributionHasItsWellKnownQuantiles() {
    assertEquals(0.5, Erf.normalCdf(0));
    assertEquals(0.975, Erf.normalCdf(1.959963984540054), 1e-15);
    assertEquals(0.00135, Erf.normalCdf(-2.9999769927034), 1e-12);
    assertEquals(0.3989422804014327, Erf.normalDensity(0));
    assertEquals(0.05399096651318806, Erf.normalDensity(2), 1e-16);
  }
}
