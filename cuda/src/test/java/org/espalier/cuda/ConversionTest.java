package org.espalier.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.random.RandomStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/// Conversions, integers, random numbers and special values have the bits of the reference.
@ExtendWith(OnSoftwareDevice.class)
class ConversionTest {
  private static final Device CUDA = Device.of("cuda:0");
  private static final double[] EDGES = {
    0,
    -0.0,
    0.5,
    -1.5,
    1,
    2.5,
    65504,
    65519.99,
    65520,
    1e-8,
    5.9604644775390625e-8,
    3.4028234e38,
    1e39,
    -1e300,
    1e-310,
    2147483647,
    2147483648.0,
    -2147483649.0,
    9.3e18,
    -9.3e18,
    16777217,
    1 + 0x1p-8,
    1 + 0x1p-8 + 0x1p-30,
    Double.NaN,
    Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY
  };

  private static Tensor edges(DType dtype) {
    double[] values = Arrays.copyOf(EDGES, EDGES.length + 200);
    Random random = new Random(9);
    for (int i = EDGES.length; i < values.length; i++) {
      values[i] = random.nextGaussian() * Math.pow(2, random.nextInt(80) - 30);
    }
    return Tensor.of(values, values.length).to(dtype);
  }

  @TestFactory
  Stream<DynamicTest> everyPairOfDtypesConvertsAsTheReference() {
    List<DynamicTest> tests = new ArrayList<>();
    for (DType from : DType.values()) {
      for (DType to : DType.values()) {
        tests.add(dynamicTest(from + " to " + to, () -> convert(from, to)));
      }
    }
    return tests.stream();
  }

  private static void convert(DType from, DType to) {
    try (Scope _ = Scope.open()) {
      Tensor x = edges(from);
      double[] expected = x.to(Device.REFERENCE).to(to).toDoubleArray();
      assertArrayEquals(expected, x.to(CUDA).to(to).toDoubleArray());
      Tensor every = x.reshape(2, x.elements() / 2).to(CUDA).transpose();
      double[] turned = x.reshape(2, x.elements() / 2).to(to).transpose().toDoubleArray();
      assertArrayEquals(turned, every.to(to).toDoubleArray(), "of columns");
    }
  }

  @Test
  void halvesAreStoredMovedAndMultiplied() {
    try (Scope _ = Scope.open()) {
      for (DType half : new DType[] {DType.BF16, DType.F16}) {
        Tensor table = edges(half).slice(0, 0, 12).reshape(4, 3);
        Tensor there = table.to(CUDA);
        Tensor rows = Tensor.of(new int[] {3, 0, 3});
        assertArrayEquals(
            table.rows(rows).toDoubleArray(), there.rows(rows.to(CUDA)).toDoubleArray());
        assertArrayEquals(
            table.transpose().contiguous().toDoubleArray(),
            there.transpose().contiguous().toDoubleArray());
        Tensor x = Tensor.of(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 2, 4);
        Tensor weight = table.slice(1, 0, 2);
        assertArrayEquals(
            x.matmul(weight).toDoubleArray(),
            x.to(CUDA).matmul(there.slice(1, 0, 2)).toDoubleArray(),
            0);
      }
    }
  }

  @Test
  void integersWrapAndTruncateAsInJava() {
    int[] some = {0, 1, -1, 2, -3, 7, 46341, -46341, Integer.MAX_VALUE, Integer.MIN_VALUE};
    int n = some.length;
    int[] left = new int[n * n];
    int[] right = new int[n * n];
    for (int i = 0; i < n * n; i++) {
      left[i] = some[i / n];
      right[i] = some[i % n] == 0 ? 5 : some[i % n];
    }
    try (Scope _ = Scope.open()) {
      for (DType dtype : new DType[] {DType.I32, DType.I64}) {
        Tensor a = Tensor.of(left).to(dtype).mul(dtype == DType.I64 ? 3_000_000_019L : 1);
        Tensor b = Tensor.of(right).to(dtype);
        Tensor x = a.to(CUDA);
        Tensor y = b.to(CUDA);
        assertArrayEquals(a.add(b).toLongArray(), x.add(y).toLongArray());
        assertArrayEquals(a.sub(b).toLongArray(), x.sub(y).toLongArray());
        assertArrayEquals(a.mul(b).toLongArray(), x.mul(y).toLongArray());
        assertArrayEquals(a.floorDiv(b).toLongArray(), x.floorDiv(y).toLongArray());
        assertArrayEquals(a.abs().toLongArray(), x.abs().toLongArray());
        assertArrayEquals(a.less(b).toLongArray(), x.less(y).toLongArray());
        Tensor powers = b.abs().clamp(0, 9);
        assertArrayEquals(a.pow(powers).toLongArray(), x.pow(powers.to(CUDA)).toLongArray());
      }
    }
  }

  @Test
  void randomNumbersAreThoseOfEveryDevice() {
    try (Scope _ = Scope.open()) {
      for (DType dtype : new DType[] {DType.F32, DType.BF16, DType.F64}) {
        for (int position : new int[] {0, 3}) {
          double[][] drawn = new double[2][];
          double[][] normal = new double[2][];
          Device[] devices = {Device.REFERENCE, CUDA};
          for (int d = 0; d < 2; d++) {
            RandomStream stream = new RandomStream(-77, 1L << 40);
            stream.seek(position);
            var shape = Shape.of(1003);
            drawn[d] = Tensor.uniform(stream, dtype, devices[d], shape).toDoubleArray();
            normal[d] = Tensor.normal(stream, dtype, devices[d], shape).toDoubleArray();
          }
          assertArrayEquals(drawn[0], drawn[1], "uniform " + dtype);
          assertArrayEquals(normal[0], normal[1], "normal " + dtype);
        }
      }
    }
  }

  @Test
  void sineAndCosineKeepTheirDigitsAtEverySize() {
    try (Scope _ = Scope.open()) {
      float[] values = new float[4000];
      Random random = new Random(4);
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (random.nextGaussian() * Math.pow(2, random.nextInt(120) - 20));
      }
      Tensor x = Tensor.of(values, values.length);
      double[] sine = x.to(DType.F64).to(Device.REFERENCE).sin().toDoubleArray();
      double[] cosine = x.to(DType.F64).to(Device.REFERENCE).cos().toDoubleArray();
      float[] actualSine = x.to(CUDA).sin().toFloatArray();
      float[] actualCosine = x.to(CUDA).cos().toFloatArray();
      for (int i = 0; i < values.length; i++) {
        assertNear(sine[i], actualSine[i], "sin " + values[i]);
        assertNear(cosine[i], actualCosine[i], "cos " + values[i]);
      }
    }
  }

  private static void assertNear(double expected, float actual, String what) {
    if (!(Math.abs(expected - actual) <= 3 * Math.ulp((float) expected))) {
      throw new AssertionError(what + ": " + actual + " instead of " + expected);
    }
  }
}
