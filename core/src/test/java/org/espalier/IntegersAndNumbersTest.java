package org.espalier;

import static org.espalier.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// Integers that no double holds, numbers that an integer dtype does not have, and comparison of
/// whole tensors: rules of `docs/book/numeric-rules.md`, each by the name it has there.
class IntegersAndNumbersTest {
  private static final long ODD = (1L << 53) + 1;
  private static final float INF = Float.POSITIVE_INFINITY;

  private static Tensor f(float... values) {
    return Tensor.of(values);
  }

  private static Tensor ints(int... values) {
    return Tensor.of(values);
  }

  private static Tensor longs(long... values) {
    return Tensor.of(values);
  }

  @Test
  void infinitiesAreCloseToThemselvesAlone() {
    assertTrue(f(INF, -INF).allClose(f(INF, -INF), 0, 0));
    assertFalse(f(1).allClose(f(INF), 1e-5, 1e-8));
    assertFalse(f(INF).allClose(f(1), 1e-5, 1e-8));
    assertFalse(f(INF).allClose(f(-INF), 1e-5, 1e-8));
    assertFalse(f(1).allClose(f(INF), 1, INF));
  }

  @Test
  void wholeNumbersAreComparedAsSuch() {
    assertFalse(longs(ODD).allClose(longs(ODD - 1), 0, 0));
    assertTrue(longs(ODD).allClose(longs(ODD - 1), 0, 1));
    assertFalse(longs(Long.MAX_VALUE).allClose(longs(Long.MIN_VALUE), 0, 1e18));
    assertTrue(longs(Long.MAX_VALUE).allClose(longs(Long.MIN_VALUE), 0, 2e19));
    assertTrue(ints(100).allClose(longs(101), 0.01, 0));
    assertFalse(ints(100).allClose(longs(102), 0.01, 0));
    assertTrue(longs(3).allClose(f(3), 0, 0));
  }

  @Test
  void paddingIsOfTheDtype() {
    assertRefused("0.5", () -> ints(1).pad(new int[] {1}, new int[] {0}, 0.5));
    assertRefused("3.0E9", () -> ints(1).pad(new int[] {1}, new int[] {0}, 3e9));
    assertRefused("BOOL", () -> ints(1).to(DType.BOOL).pad(new int[] {1}, new int[] {0}, 2));
    assertArrayEquals(
        new int[] {-7, 1}, ints(1).pad(new int[] {1}, new int[] {0}, -7).toIntArray());
  }

  @Test
  void arraysHoldWhatAConversionGives() {
    Tensor reals = f(3e9f, -3e9f, Float.NaN, 1.9f, -1.9f);
    assertArrayEquals(reals.to(DType.I32).toIntArray(), reals.toIntArray());
    assertArrayEquals(
        new int[] {Integer.MAX_VALUE, Integer.MIN_VALUE, 0, 1, -1}, reals.toIntArray());
    Tensor whole = longs(1L << 32 | 5, ODD);
    assertArrayEquals(whole.to(DType.I32).toIntArray(), whole.toIntArray());
  }

  @Test
  void longsAreExact() {
    assertEquals(ODD, longs(ODD).itemLong());
    assertEquals(-3, f(-3.9f).itemLong());
    assertRefused("itemLong", () -> longs(1, 2).itemLong());
    for (long value : new long[] {ODD, -ODD, Long.MIN_VALUE, Long.MAX_VALUE, 3}) {
      Tensor full = Tensor.full(DType.I64, Device.CPU, Shape.of(2, 2), value);
      assertArrayEquals(new long[] {value, value, value, value}, full.toLongArray());
      assertEquals(value, Tensor.fullLike(longs(0), value).itemLong());
      assertEquals(value, longs(0).add(value).itemLong());
      assertEquals(-value, longs(0).sub(value).itemLong());
      assertEquals(value, longs(1).mul(value).itemLong());
      assertEquals(value, longs(value).floorDiv(1).itemLong());
      assertEquals(1, longs(value).floorDiv(value).itemLong());
      assertEquals(value, longs(Long.MIN_VALUE).maximum(value).itemLong());
      assertEquals(value, longs(Long.MAX_VALUE).minimum(value).itemLong());
      assertEquals(value, longs(0).clamp(value, value).itemLong());
      Tensor yes = longs(value).equalTo(value);
      assertEquals(value, yes.where(longs(1), 0).mul(value).itemLong());
      assertEquals(value, yes.where(value, longs(0)).itemLong());
      assertEquals(value, longs(0).maskedFill(yes, value).itemLong());
    }
    assertEquals(0, longs(ODD).equalTo(ODD - 1).itemLong());
    assertEquals(1, longs(ODD).greater(ODD - 1).itemLong());
    assertEquals(0, longs(ODD).equalTo((double) (ODD - 1)).itemLong()); // an integer all the same
    assertEquals(0, ints(16777217).equalTo(16777216.0).itemLong()); // and no F32 between
    assertEquals(9, ints(3).pow(2).itemLong());
    assertEquals(DType.I32, ints(3).pow(2).dtype());
    assertRefused("has no", () -> ints(1).maskedFill(ints(1).equalTo(1), 1L << 40));
    assertRefused("truncate", () -> ints(2).pow(-1));
  }

  @Test
  void integersBesideRealsAreReals() {
    assertArrayEquals(new float[] {3.5f}, f(1.5f).add(2).toFloatArray());
    assertEquals(DType.F64, Tensor.of(new double[] {1}).add(2).dtype());
    assertEquals(DType.F32, f(1).to(DType.BF16).mul(2).dtype());
    assertArrayEquals(new float[] {2.25f}, f(1.5f).pow(2).toFloatArray());
    assertArrayEquals(new float[] {1}, f(1.5f).clamp(0, 1).toFloatArray());
  }

  @Test
  void comparisonsWithNumbersAreExact() {
    double[] numbers = {
      -2.5, 2, 2.5, 16777216, 16777216.5, 3e9, -3e9, 0x1p63, -0x1p63, 1e30, -1e30, INF, -INF
    };
    long[] values = {-3, -2, 2, 3, 16777217, Integer.MAX_VALUE, Integer.MIN_VALUE};
    for (double number : numbers) {
      var exact = new java.math.BigDecimal(Math.clamp(number, -1e300, 1e300));
      for (long value : values) {
        int order = java.math.BigDecimal.valueOf(value).compareTo(exact);
        for (Tensor x : new Tensor[] {ints((int) value), longs(value)}) {
          String what = x + " and " + number;
          assertEquals(order < 0, x.less(number).toBooleanArray()[0], what);
          assertEquals(order <= 0, x.lessOrEqual(number).toBooleanArray()[0], what);
          assertEquals(order > 0, x.greater(number).toBooleanArray()[0], what);
          assertEquals(order >= 0, x.greaterOrEqual(number).toBooleanArray()[0], what);
          assertEquals(order == 0, x.equalTo(number).toBooleanArray()[0], what);
          assertEquals(order != 0, x.notEqual(number).toBooleanArray()[0], what);
        }
      }
    }
    Tensor x = ints(1);
    double nan = Double.NaN;
    for (Tensor no :
        new Tensor[] {x.less(nan), x.lessOrEqual(nan), x.greater(nan), x.equalTo(nan)}) {
      assertEquals(0, no.itemLong());
    }
    assertEquals(1, x.notEqual(nan).itemLong());
    assertEquals(0, longs(Long.MAX_VALUE).equalTo(0x1p63).itemLong());
    assertEquals(1, longs(Long.MAX_VALUE).less(0x1p63).itemLong());
  }
}
