package org.espalier.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.espalier.DType;
import org.espalier.Tensor;
import org.espalier.spi.HalfStorage;
import org.espalier.spi.Halves;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("widths")
class HalfCopiesTest {
  /// Each kind of number with each way in which its lower half can lie, NaN with any payload too.
  private static float[] numbers() {
    int[] uppers = {0, 1, 0x7f, 0x80, 0x3f80, 0x3f81, 0x7f7f, 0x7f80, 0x7f81, 0x7fc0, 0x7fff};
    int[] lowers = {0, 1, 0x7fff, 0x8000, 0x8001, 0xffff};
    float[] numbers = new float[uppers.length * lowers.length * 2 + 1000];
    int at = 0;
    for (int upper : uppers) {
      for (int lower : lowers) {
        numbers[at++] = Float.intBitsToFloat(upper << 16 | lower);
        numbers[at++] = Float.intBitsToFloat(1 << 31 | upper << 16 | lower);
      }
    }
    Random random = new Random(3);
    while (at < numbers.length) {
      numbers[at++] = Float.intBitsToFloat(random.nextInt());
    }
    return numbers;
  }

  @Test
  void vectorsNarrowToTheBitsOfTheDefinition() {
    float[] x = numbers();
    for (int n : new int[] {0, 1, 15, 16, 17, 100, x.length - 3}) {
      HalfStorage y = new HalfStorage(DType.BF16, new short[n + 5], n + 5, null);
      HalfCopies.narrow(x, 3, y, 2, n);
      for (int i = 0; i < n; i++) {
        assertEquals(Halves.toBfloat(x[3 + i]), y.array()[2 + i], "bits of " + x[3 + i]);
      }
      assertEquals(0, y.array()[1] | y.array()[n + 2], "what lies around");
    }
  }

  /// Between any layouts, by way of F32, which holds every half exactly.
  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16", "F32", "F64"})
  void stridesChangeNoBitsOfAConversion(DType to) {
    float[] values = numbers();
    Tensor wide = Tensor.of(values, values.length / 4, 4);
    for (DType from : new DType[] {DType.F16, DType.BF16, DType.F32, DType.F64}) {
      Tensor x = wide.to(from);
      double[] expected = x.toDoubleArray();
      for (int i = 0; i < expected.length; i++) {
        expected[i] = rounded(expected[i], to);
      }
      assertArrayEquals(expected, x.to(to).toDoubleArray(), from + " to " + to);
      Tensor across = x.transpose().contiguous().transpose();
      assertArrayEquals(expected, across.to(to).toDoubleArray(), from + " across to " + to);
      assertArrayEquals(
          expected, x.transpose().to(to).transpose().toDoubleArray(), "to " + to + " across");
    }
  }

  private static double rounded(double value, DType to) {
    return switch (to) {
      case F16 -> Float.float16ToFloat(Float.floatToFloat16(Halves.roundToOdd(value)));
      case BF16 -> Halves.fromBfloat(Halves.toBfloat(Halves.roundToOdd(value)));
      case F32 -> (float) value;
      default -> value;
    };
  }
}
