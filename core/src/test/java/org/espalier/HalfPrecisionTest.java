package org.espalier;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.math.BigDecimal;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// F16 and BF16: stored in 16 bits, computed with in F32.
class HalfPrecisionTest {
  private static final DType[] HALVES = {DType.F16, DType.BF16};

  /// All 2^16 values, by their bits.
  private static Tensor everything(DType dtype) {
    short[] bits = new short[1 << 16];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = (short) i;
    }
    return Tensor.of(dtype, bits);
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16"})
  void everyValueSurvivesTheWayToF32AndF64AndBack(DType dtype) {
    Tensor all = everything(dtype);
    double[] values = all.toDoubleArray();
    assertArrayEquals(values, all.to(DType.F32).to(dtype).toDoubleArray());
    assertArrayEquals(values, all.to(DType.F64).to(dtype).toDoubleArray());
  }

  /// The nearest of all values, found by search.
  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16"})
  void roundsToTheNearestAndTiesToEven(DType dtype) {
    double[] ascending =
        java.util.Arrays.stream(everything(dtype).toDoubleArray())
            .filter(Double::isFinite)
            .sorted()
            .distinct()
            .toArray();
    Random random = new Random(3);
    for (int i = 0; i < 2000; i++) {
      int at = random.nextInt(ascending.length - 1);
      double low = ascending[at];
      double high = ascending[at + 1];
      double between =
          switch (i % 3) {
            case 0 -> (low + high) / 2;
            case 1 -> Math.nextUp((low + high) / 2);
            default -> low + random.nextDouble() * (high - low);
          };
      double rounded = Tensor.of(new double[] {between}).to(dtype).item();
      int order =
          new BigDecimal(between)
              .subtract(new BigDecimal(low))
              .compareTo(new BigDecimal(high).subtract(new BigDecimal(between)));
      double expected = order < 0 ? low : order > 0 ? high : even(dtype, low) ? low : high;
      assertEquals(expected, rounded, 0, between + " between " + low + " and " + high);
    }
  }

  private static boolean even(DType dtype, double value) {
    short bits =
        dtype == DType.F16
            ? Float.floatToFloat16((float) value)
            : (short) (Float.floatToRawIntBits((float) value) >>> 16);
    return (bits & 1) == 0;
  }

  @Test
  void computesInF32() {
    for (DType half : HALVES) {
      Tensor x = Tensor.of(new float[] {1, 2, 3}).to(half);
      assertEquals(DType.F32, x.add(x).dtype());
      assertEquals(DType.F32, x.exp().dtype());
      assertEquals(DType.F64, x.mul(Tensor.of(new double[] {1, 2, 3})).dtype());
      assertArrayEquals(new float[] {2, 4, 6}, x.add(x).toFloatArray());
    }
    assertEquals(DType.F32, DType.promote(DType.F16, DType.BF16));
    assertEquals(DType.F32, DType.promote(DType.I64, DType.BF16));
  }

  @Test
  void movesWithoutConverting() {
    for (DType half : HALVES) {
      Tensor x = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3).to(half);
      Tensor moved = x.transpose().contiguous().slice(0, 1, 3).rows(Tensor.of(new int[] {1, 0}));
      assertEquals(half, moved.dtype());
      assertArrayEquals(new float[] {3, 6, 2, 5}, moved.toFloatArray());
    }
  }

  @Test
  void givesItsLeavesGradientsOfTheirDtype() {
    for (DType half : HALVES) {
      Tensor x = Tensor.of(new float[] {1, 2, 3}).to(half).requireGrad();
      x.square().sum().backward();
      Tensor g = java.util.Objects.requireNonNull(x.grad());
      assertEquals(half, g.dtype());
      assertArrayEquals(new float[] {2, 4, 6}, g.toFloatArray());
    }
  }

  @Test
  void refusesBitsOfAnotherSize() {
    assertThrows(TensorException.class, () -> Tensor.of(DType.F32, new short[] {1}));
  }
}
