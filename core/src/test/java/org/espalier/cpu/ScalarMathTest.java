package org.espalier.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

/// The f32 functions against `StrictMath`, or series in double, over dense ranges: errors in units
/// of the last place.
class ScalarMathTest {
  private interface FloatFunction {
    float of(float x);
  }

  /// Returns the largest error over floats from `low` to `high`, about 400,000 of them, evenly
  /// spread over their bits or their values.
  private static double worst(
      FloatFunction f, DoubleUnaryOperator exact, float low, float high, double least) {
    double worst = 0;
    int steps = 400_000;
    for (int i = 0; i <= steps; i++) {
      worst = Math.max(worst, error(f, exact, low + (high - low) * (i / (float) steps), least));
    }
    for (float end : new float[] {low, high}) {
      int last = Float.floatToRawIntBits(Math.abs(end));
      for (int bits = 1; bits > 0 && bits < last; bits += 9973) {
        float x = Math.copySign(Float.intBitsToFloat(bits), end);
        if (x >= low && x <= high) {
          worst = Math.max(worst, error(f, exact, x, least));
        }
      }
    }
    return worst;
  }

  private static double error(FloatFunction f, DoubleUnaryOperator exact, float x, double least) {
    double e = exact.applyAsDouble(x);
    if (Math.abs(e) < least) {
      return 0;
    }
    return Math.abs(f.of(x) - e) / Math.ulp((float) e);
  }

  /// Complementary error function in double: a power series near 0, a continued fraction beyond
  /// (Abramowitz, Stegun 7.1.5, 7.1.14).
  private static double erfc(double x) {
    if (x < 0) {
      return 2 - erfc(-x);
    }
    if (x < 2.5) {
      double term = x;
      double sum = x;
      for (int n = 1; n < 120; n++) {
        term *= -x * x / n;
        sum += term / (2 * n + 1);
      }
      return 1 - 2 / Math.sqrt(Math.PI) * sum;
    }
    double fraction = 0;
    for (int n = 200; n > 0; n--) {
      fraction = n / 2.0 / (x + fraction);
    }
    return StrictMath.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
  }

  private static double erf(double x) {
    if (Math.abs(x) < 1) {
      double term = x;
      double sum = x;
      for (int n = 1; n < 60; n++) {
        term *= -x * x / n;
        sum += term / (2 * n + 1);
      }
      return 2 / Math.sqrt(Math.PI) * sum;
    }
    return 1 - erfc(x);
  }

  private static void assertWithin(double ulps, double worst, String what) {
    assertTrue(worst <= ulps, what + " was off by " + worst + " ulp, more than " + ulps);
  }

  @Test
  void computesTheExponentialWithinAboutOneUlp() {
    assertWithin(1.01, worst(ScalarMath::exp, StrictMath::exp, -87.3365f, 88.72283f, 0), "exp");
  }

  @Test
  void computesTheLogarithmWithinOneUlp() {
    assertWithin(1, worst(ScalarMath::log, StrictMath::log, 1e-45f, 3.4e38f, 0), "log");
    assertWithin(1, worst(ScalarMath::log, StrictMath::log, 0.5f, 2f, 0), "log near 1");
  }

  @Test
  void computesTheLogarithmOfOnePlusXWithinTwoUlp() {
    assertWithin(2, worst(ScalarMath::log1p, StrictMath::log1p, -0.99999994f, 3.4e38f, 0), "log1p");
    assertWithin(2, worst(ScalarMath::log1p, StrictMath::log1p, -0.99999994f, 2, 0), "log1p");
    assertWithin(2, worst(ScalarMath::log1p, StrictMath::log1p, -1e-3f, 1e-3f, 0), "log1p near 0");
  }

  @Test
  void computesTheExponentialMinusOneWithinTwoUlp() {
    assertWithin(2, worst(ScalarMath::expm1, StrictMath::expm1, -40, 88.722f, 0), "expm1");
    assertWithin(2, worst(ScalarMath::expm1, StrictMath::expm1, -1.5f, 1.5f, 0), "expm1");
    assertWithin(2, worst(ScalarMath::expm1, StrictMath::expm1, -1e-3f, 1e-3f, 0), "expm1 near 0");
  }

  @Test
  void computesTheHyperbolicTangentWithinTwoUlp() {
    assertWithin(2, worst(ScalarMath::tanh, StrictMath::tanh, -12, 12, 1e-37), "tanh");
  }

  @Test
  void computesTheLogisticFunctionWithinThreeUlp() {
    DoubleUnaryOperator exact = x -> 1 / (1 + StrictMath.exp(-x));
    assertWithin(3, worst(ScalarMath::sigmoid, exact, -87, 30, 1.2e-38), "sigmoid");
  }

  @Test
  void computesTheSigmoidLinearUnitWithinFourUlpEvenInItsFarTail() {
    DoubleUnaryOperator exact = x -> x / (1 + StrictMath.exp(-x));
    assertWithin(4, worst(ScalarMath::silu, exact, -91.5f, 30, 1.2e-37), "silu");
  }

  @Test
  void computesTheErrorFunctionWithinTwoAndAHalfUlp() {
    assertWithin(2.5, worst(ScalarMath::erf, ScalarMathTest::erf, -5, 5, 1e-37), "erf");
  }

  @Test
  void computesGeluWithinEightUlpEvenInItsFarTail() {
    DoubleUnaryOperator exact = x -> x * 0.5 * erfc(-x / Math.sqrt(2));
    assertWithin(8, worst(ScalarMath::gelu, exact, -12.8f, 12, 1.2e-37), "gelu");
  }

  @Test
  void computesTheSlopeOfGeluToFloatAccuracy() {
    DoubleUnaryOperator exact =
        x ->
            0.5 * erfc(-x / Math.sqrt(2)) + x * StrictMath.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
    for (float x = -13; x < 13; x += 1e-3f) {
      assertEquals(exact.applyAsDouble(x), ScalarMath.geluSlope(x), 3e-7, "slope at " + x);
    }
  }

  @Test
  void computesTheTanhFormOfGeluAndItsSlope() {
    DoubleUnaryOperator u = x -> Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x);
    for (float x = -9; x < 9; x += 1e-3f) {
      double t = StrictMath.tanh(u.applyAsDouble(x));
      double y = 0.5 * x * (1 + t);
      double du = Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);
      double slope = 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * du;
      assertEquals(y, ScalarMath.geluTanh(x), 3e-7 * Math.max(1, Math.abs(x)), "at " + x);
      assertEquals(slope, ScalarMath.geluTanhSlope(x), 5e-7, "slope at " + x);
    }
  }

  @Test
  void givesTheLimitsAtTheEndsOfTheirDomains() {
    float inf = Float.POSITIVE_INFINITY;
    assertEquals(inf, ScalarMath.exp(100));
    assertEquals(inf, ScalarMath.exp(88.72284f));
    assertEquals(inf, ScalarMath.exp(inf));
    assertEquals(0, ScalarMath.exp(-200));
    assertEquals(0, ScalarMath.exp(-inf));
    assertEquals(0, ScalarMath.exp(-Float.MAX_VALUE));
    assertEquals(1, ScalarMath.exp(0));
    assertEquals(-inf, ScalarMath.log(0));
    assertEquals(-inf, ScalarMath.log(-0f));
    assertEquals(inf, ScalarMath.log(inf));
    assertEquals(0, ScalarMath.log(1));
    assertTrue(Float.isNaN(ScalarMath.log(-1)) && Float.isNaN(ScalarMath.log(-inf)));
    assertEquals(-inf, ScalarMath.log1p(-1));
    assertEquals(inf, ScalarMath.log1p(inf));
    assertTrue(Float.isNaN(ScalarMath.log1p(-1.0000001f)) && Float.isNaN(ScalarMath.log1p(-inf)));
    assertEquals(-0f, ScalarMath.log1p(-0f));
    assertEquals(inf, ScalarMath.expm1(inf));
    assertEquals(inf, ScalarMath.expm1(88.72284f));
    assertEquals(-1, ScalarMath.expm1(-inf));
    assertEquals(-1, ScalarMath.expm1(-Float.MAX_VALUE));
    assertEquals(-0f, ScalarMath.expm1(-0f));
    assertEquals(1, ScalarMath.tanh(inf));
    assertEquals(-1, ScalarMath.tanh(-1e30f));
    assertEquals(-0f, ScalarMath.tanh(-0f));
    assertEquals(-0f, ScalarMath.erf(-0f));
    assertEquals(1, ScalarMath.erf(inf));
    assertEquals(-1, ScalarMath.erf(-1e30f));
    assertEquals(1, ScalarMath.sigmoid(inf));
    assertEquals(0, ScalarMath.sigmoid(-inf));
    assertEquals(-0f, ScalarMath.silu(-200));
    assertEquals(1e30f, ScalarMath.silu(1e30f));
    assertEquals(inf, ScalarMath.silu(inf));
    assertEquals(-0f, ScalarMath.gelu(-1e30f));
    assertEquals(1e30f, ScalarMath.gelu(1e30f));
    assertEquals(inf, ScalarMath.gelu(inf));
    assertEquals(0, ScalarMath.geluSlope(-1e30f));
    assertEquals(1, ScalarMath.geluSlope(1e30f));
    assertEquals(-0f, ScalarMath.geluTanh(-1e30f));
    assertEquals(1e30f, ScalarMath.geluTanh(1e30f));
    assertEquals(0, ScalarMath.geluTanhSlope(-1e30f));
    assertEquals(1, ScalarMath.geluTanhSlope(1e30f));
  }

  @Test
  void keepsNaNWhateverItsPayload() {
    for (int bits : new int[] {0x7FC00000, 0x7FC00001, 0xFFC00000, 0x7F812345, 0xFFFFFFFF}) {
      float x = Float.intBitsToFloat(bits);
      for (FloatFunction f :
          new FloatFunction[] {
            ScalarMath::exp,
            ScalarMath::log,
            ScalarMath::tanh,
            ScalarMath::sigmoid,
            ScalarMath::log1p,
            ScalarMath::expm1,
            ScalarMath::erf,
            ScalarMath::silu,
            ScalarMath::gelu,
            ScalarMath::geluSlope,
            ScalarMath::geluTanh,
            ScalarMath::geluTanhSlope
          }) {
        assertTrue(Float.isNaN(f.of(x)), Integer.toHexString(bits));
      }
    }
  }
}
