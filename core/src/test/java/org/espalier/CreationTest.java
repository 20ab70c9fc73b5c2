package org.espalier;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class CreationTest {
  @Test
  void arangeCountsUpAndDown() {
    assertArrayEquals(new int[] {0, 1, 2}, Tensor.arange(3).toIntArray());
    assertEquals(DType.I32, Tensor.arange(3).dtype());
    assertArrayEquals(new int[] {7, 5, 3}, Tensor.arange(7, 2, -2).toIntArray());
    assertArrayEquals(new float[] {1, 1.5f, 2}, Tensor.arange(1.0, 2.5, 0.5).toFloatArray());
    Tensor longs = Tensor.arange(DType.I64, Device.REFERENCE, 5, 9, 3);
    assertArrayEquals(new long[] {5, 8}, longs.toLongArray());
    assertEquals(Device.REFERENCE, longs.device());
  }

  @Test
  void arangeOfNothingIsEmpty() {
    assertEquals(Shape.of(0), Tensor.arange(0).shape());
    assertEquals(Shape.of(0), Tensor.arange(4, 4, -1).shape());
    assertEquals(Shape.of(0), Tensor.arange(0.5, 0.5, 0.1).shape());
  }

  @Test
  void arangeRefusesWhatNeverArrives() {
    assertThrows(TensorException.class, () -> Tensor.arange(-1));
    assertThrows(TensorException.class, () -> Tensor.arange(0, 5, -1));
    assertThrows(TensorException.class, () -> Tensor.arange(0, 5, 0));
    assertThrows(TensorException.class, () -> Tensor.arange(0.0, Double.NaN, 1.0));
    assertThrows(TensorException.class, () -> Tensor.arange(0.0, Double.POSITIVE_INFINITY, 1.0));
  }

  /// Numbers are computed from the first, not by adding steps up.
  @Test
  void arangeDoesNotGatherErrors() {
    float[] values = Tensor.arange(0.0, 1000.0, 0.1).toFloatArray();
    assertEquals(10_000, values.length);
    for (int i = 0; i < values.length; i++) {
      assertEquals((float) (i * 0.1), values[i]);
    }
  }

  @Test
  void linspaceHitsBothEnds() {
    assertArrayEquals(
        new float[] {-1, -0.5f, 0, 0.5f, 1}, Tensor.linspace(-1, 1, 5).toFloatArray());
    assertArrayEquals(new float[] {3}, Tensor.linspace(3, 9, 1).toFloatArray());
    assertArrayEquals(new float[0], Tensor.linspace(3, 9, 0).toFloatArray());
    double[] tenths = Tensor.linspace(DType.F64, Device.CPU, 0.1, 0.7, 7).toDoubleArray();
    assertEquals(0.1, tenths[0]);
    assertEquals(0.7, tenths[6]);
    assertThrows(TensorException.class, () -> Tensor.linspace(0, 1, -1));
  }

  @Test
  void eyeHasOnesOnItsDiagonal() {
    assertArrayEquals(new float[] {1, 0, 0, 1}, Tensor.eye(2).toFloatArray());
    Tensor wide = Tensor.eye(DType.I64, Device.REFERENCE, 2, 3);
    assertArrayEquals(new long[] {1, 0, 0, 0, 1, 0}, wide.toLongArray());
    assertEquals(0, Tensor.eye(0).elements());
  }

  @Test
  void likeTakesShapeDtypeAndDevice() {
    Tensor model = Tensor.arange(DType.I64, Device.REFERENCE, 0, 6, 1).reshape(2, 3).transpose();
    for (Tensor t : new Tensor[] {Tensor.zerosLike(model), Tensor.onesLike(model)}) {
      assertEquals(Shape.of(3, 2), t.shape());
      assertEquals(DType.I64, t.dtype());
      assertEquals(Device.REFERENCE, t.device());
    }
    assertEquals(0, Tensor.zerosLike(model).sum().item());
    assertEquals(6, Tensor.onesLike(model).sum().item());
    assertEquals(-18, Tensor.fullLike(model, -3).sum().item());
  }

  @Test
  void readsAsBooleans() {
    assertArrayEquals(
        new boolean[] {false, true, true, false},
        Tensor.of(new float[] {0, -2, Float.NaN, -0f}).toBooleanArray());
    assertArrayEquals(
        new boolean[] {true, false}, Tensor.of(new boolean[] {true, false}).toBooleanArray());
  }

  @Test
  void aRangeThatNoArrayHoldsIsRefused() {
    for (double to : new double[] {Integer.MAX_VALUE, Integer.MAX_VALUE - 8.0, 1e300}) {
      assertThrows(TensorException.class, () -> Tensor.arange(0.0, to, 1.0));
    }
    assertThrows(TensorException.class, () -> Tensor.linspace(0, 1, Integer.MAX_VALUE));
  }
}
