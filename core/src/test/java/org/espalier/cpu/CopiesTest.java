package org.espalier.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import org.espalier.DType;
import org.espalier.Tensor;
import org.espalier.parallel.Workers;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CopiesTest {
  /// Sides below, at and above those of a tile; on more threads than one.
  @ParameterizedTest
  @EnumSource
  void transposedCopiesPutEveryElementInItsPlace(DType dtype) {
    int[][] shapes = {{31, 40}, {32, 32}, {33, 64}, {70, 129}, {300, 200}};
    for (int[] shape : shapes) {
      Tensor x = numbered(dtype, 3, shape[0], shape[1]);
      double[] values = x.toDoubleArray();
      int[][] orders = {{0, 2, 1}, {2, 1, 0}, {1, 2, 0}, {2, 0, 1}};
      for (int[] order : orders) {
        Tensor view = x.permute(order);
        double[] expected = new double[values.length];
        int[] sizes = view.shape().sizes();
        int[] strides = {shape[0] * shape[1], shape[1], 1};
        for (int i = 0; i < expected.length; i++) {
          int at = i / (sizes[1] * sizes[2]) * strides[order[0]];
          at += i / sizes[2] % sizes[1] * strides[order[1]];
          expected[i] = values[at + i % sizes[2] * strides[order[2]]];
        }
        String what = Arrays.toString(shape) + " in order " + Arrays.toString(order);
        Workers.limit(
            2, () -> assertArrayEquals(expected, view.contiguous().toDoubleArray(), what));
        Tensor backwards = view.flip(2).contiguous().flip(2);
        assertArrayEquals(expected, backwards.toDoubleArray(), what + " backwards");
      }
    }
  }

  private static Tensor numbered(DType dtype, int... sizes) {
    double[] values = new double[sizes[0] * sizes[1] * sizes[2]];
    for (int i = 0; i < values.length; i++) {
      values[i] = dtype == DType.BOOL ? i * 7919 % 13 % 2 : i * 7919 % 251;
    }
    return Tensor.of(values, values.length).to(dtype).reshape(sizes);
  }
}
