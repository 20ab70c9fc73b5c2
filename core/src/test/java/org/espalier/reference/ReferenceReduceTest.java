package org.espalier.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.TensorException;
import org.espalier.spi.FusedKernel;
import org.espalier.spi.ReduceKernel;
import org.espalier.spi.View;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReferenceReduceTest {
  private static final double NAN = Double.NaN;
  private final ReferenceBackend backend = new ReferenceBackend();

  private double[] reduce(ReduceKernel kernel, View x, int... outSizes) {
    View out = Views.of(kernel == ReduceKernel.ARG_MAX ? DType.I64 : x.dtype(), Shape.of(outSizes));
    backend.reduce(kernel, x, out);
    return Views.values(out);
  }

  /// Every subset of the axes of a `[2, 3, 4]`, contiguous and strided, against sums by coordinate.
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
  void reducesAnyAxes(int mask) {
    int[] sizes = {2, 3, 4};
    int[] out = sizes.clone();
    for (int axis = 0; axis < 3; axis++) {
      if ((mask >> axis & 1) == 1) {
        out[axis] = 1;
      }
    }
    double[] values = Views.random(1, 24);
    double[] sums = new double[out[0] * out[1] * out[2]];
    double[] largest = new double[sums.length];
    java.util.Arrays.fill(largest, Double.NEGATIVE_INFINITY);
    for (int i = 0; i < 2; i++) {
      for (int j = 0; j < 3; j++) {
        for (int k = 0; k < 4; k++) {
          double value = values[(i * 3 + j) * 4 + k];
          int to = ((i % out[0]) * out[1] + j % out[1]) * out[2] + k % out[2];
          sums[to] += value;
          largest[to] = Math.max(largest[to], value);
        }
      }
    }
    View x = Views.f64(Shape.of(sizes), values);
    assertArrayEquals(sums, reduce(ReduceKernel.SUM, x, out), 1e-14);
    assertArrayEquals(sums, reduce(ReduceKernel.SUM, Views.strided(x), out), 1e-14);
    assertArrayEquals(largest, reduce(ReduceKernel.MAX, Views.strided(x), out));
  }

  @Test
  void nanWinsMaxAndMin() {
    View x = Views.f32(Shape.of(2, 3), 1, NAN, 3, 4, 5, 6);
    assertArrayEquals(new double[] {NAN, 6}, reduce(ReduceKernel.MAX, x, 2, 1));
    assertArrayEquals(new double[] {NAN, 4}, reduce(ReduceKernel.MIN, x, 2, 1));
  }

  @Test
  void argMaxIsTheFirstLargestAndTheFirstNanWins() {
    View x = Views.f32(Shape.of(3, 4), 1, 7, 7, 0, -1, NAN, 9, NAN, -3, -2, -2, -5);
    assertArrayEquals(new double[] {1, 1, 1}, reduce(ReduceKernel.ARG_MAX, x, 3, 1));
    assertArrayEquals(new double[] {0, 1, 1, 1}, reduce(ReduceKernel.ARG_MAX, x, 1, 4));
    assertArrayEquals(
        new double[] {1},
        reduce(ReduceKernel.ARG_MAX, Views.longs(1L << 60, (1L << 60) + 1, 5), 1));
  }

  @Test
  void addsIntegersInLong() {
    View x = Views.longs(1L << 60, 1, 1);
    View out = Views.longs(0);
    backend.reduce(ReduceKernel.SUM, x, out);
    assertEquals((1L << 60) + 2, Views.longValues(out)[0]);
  }

  @Test
  void addsSinglesInDouble() {
    View x = Views.f32(Shape.of(3), 1e8, 1, -1e8);
    assertArrayEquals(new double[] {1}, reduce(ReduceKernel.SUM, x, 1));
  }

  @Test
  void theSumOfNothingIsZeroAndItsMaximumAnError() {
    View x = Views.f32(Shape.of(2, 0));
    assertArrayEquals(new double[] {0, 0}, reduce(ReduceKernel.SUM, x, 2, 1));
    var thrown = assertThrows(TensorException.class, () -> reduce(ReduceKernel.MAX, x, 2, 1));
    assertTrue(thrown.toString().contains("[2, 0]"), thrown.toString());
    assertEquals(0, reduce(ReduceKernel.MAX, x, 2, 0).length);
  }

  @Test
  void dotAddsProductsInDouble() {
    View a = Views.f32(Shape.of(2, 2), 1e8, 1, 1e8, 3);
    View b = Views.f32(Shape.of(2, 2), 1, 2, -1, 4);
    View out = Views.f64(Shape.SCALAR);
    backend.run(new FusedKernel.Dot(a, b, out));
    assertArrayEquals(new double[] {14}, Views.values(out));
  }
}
