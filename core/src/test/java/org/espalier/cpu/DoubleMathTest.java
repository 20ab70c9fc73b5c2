package org.espalier.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

/// The f32 functions that are computed in double, against `StrictMath` over the whole range: they
/// are off by little more than the half ulp of one rounding.
class DoubleMathTest {
  private static final double ULPS = 0.5001;

  private interface FloatFunction {
    float of(float x);
  }

  /// Tries about 600,000 floats of all magnitudes, both signs, and those around 0 and 1 densely.
  private static void assertNearlyExact(
      String name, FloatFunction f, DoubleUnaryOperator exact, float from, float to) {
    for (int bits = 0; bits >= 0 && bits < 0x7F800000; bits += 7919) {
      float x = Float.intBitsToFloat(bits);
      check(name, f, exact, x, from, to);
      check(name, f, exact, -x, from, to);
    }
    for (float x = -30; x < 30; x += 1f / 1024) {
      check(name, f, exact, x, from, to);
    }
  }

  private static void check(
      String name, FloatFunction f, DoubleUnaryOperator exact, float x, float from, float to) {
    if (x < from || x > to) {
      return;
    }
    assertNear(exact.applyAsDouble(x), f.of(x), name + " of " + x);
  }

  private static void assertNear(double expected, float actual, String what) {
    if (Double.compare(actual, (float) expected) != 0) {
      double ulps = Math.abs(actual - expected) / Math.ulp((float) expected);
      assertTrue(ulps <= ULPS, () -> what + " is " + actual + ", not " + expected);
    }
  }

  @Test
  void computesSineAndCosineOfAnyArgument() {
    float max = Float.MAX_VALUE;
    assertNearlyExact("sin", DoubleMath::sin, StrictMath::sin, -max, max);
    assertNearlyExact("cos", DoubleMath::cos, StrictMath::cos, -max, max);
  }

  /// The floats next to multiples of `pi / 2`, where a reduction with too few digits shows.
  @Test
  void computesSineAndCosineNextToTheirZeros() {
    for (int n = 1; n < 640_000; n = n < 2000 ? n + 1 : n + 97) {
      float x = (float) (n * (Math.PI / 2));
      for (float near : new float[] {Math.nextDown(x), x, Math.nextUp(x)}) {
        assertNear(StrictMath.sin(near), DoubleMath.sin(near), "sin of " + near);
        assertNear(StrictMath.cos(near), DoubleMath.cos(near), "cos of " + near);
      }
    }
  }

  @Test
  void computesPowersOfAllMagnitudes() {
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < 300_000; i++) {
      float a = Float.intBitsToFloat(random.nextInt(1, 0x7F800000));
      double limit = 110 / Math.max(1e-6, Math.abs(StrictMath.log(a)));
      float b = (float) (limit * (2 * random.nextDouble() - 1));
      assertNear(StrictMath.pow(a, b), DoubleMath.pow(a, b), a + " to the power " + b);
      float near = 1 + (float) (random.nextGaussian() * 1e-3);
      float large = (float) (random.nextGaussian() * 2e4);
      String what = near + " to the power " + large;
      assertNear(StrictMath.pow(near, large), DoubleMath.pow(near, large), what);
    }
  }

  @Test
  void hasTheSpecialPowersOfTheLibrary() {
    float inf = Float.POSITIVE_INFINITY;
    float[] values = {
      0,
      -0f,
      1,
      -1,
      0.5f,
      -0.5f,
      2,
      -2,
      3,
      -3,
      1.5f,
      Float.MIN_VALUE,
      Float.MAX_VALUE,
      16777216,
      -16777217,
      inf,
      -inf,
      Float.NaN
    };
    for (float a : values) {
      for (float b : values) {
        assertEquals((float) StrictMath.pow(a, b), DoubleMath.pow(a, b), a + " ^ " + b);
      }
    }
  }

  @Test
  void givesTheLimitsAndKeepsTheSignOfZero() {
    float inf = Float.POSITIVE_INFINITY;
    assertTrue(Float.isNaN(DoubleMath.sin(inf)) && Float.isNaN(DoubleMath.cos(-inf)));
    for (float zero : new float[] {0f, -0f}) {
      assertEquals(zero, DoubleMath.sin(zero));
      assertEquals(1, DoubleMath.cos(zero));
    }
  }

  @Test
  void keepsNaNWhateverItsPayload() {
    for (int bits : new int[] {0x7FC00000, 0x7FC00001, 0xFFC00000, 0x7F812345, 0xFFFFFFFF}) {
      float x = Float.intBitsToFloat(bits);
      for (float y :
          new float[] {
            DoubleMath.sin(x), DoubleMath.cos(x), DoubleMath.pow(x, 2), DoubleMath.pow(2, x)
          }) {
        assertTrue(Float.isNaN(y), Integer.toHexString(bits));
      }
    }
  }
}
