package org.espalier;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TensorTest {
  @Test
  void holdsTheValuesItWasMadeOf() {
    assertArrayEquals(
        new float[] {1, 2, 3, 4}, Tensor.of(new float[] {1, 2, 3, 4}, 2, 2).toFloatArray());
    assertArrayEquals(new long[] {1L << 60}, Tensor.of(new long[] {1L << 60}).toLongArray());
    assertArrayEquals(new int[] {1, 0}, Tensor.of(new boolean[] {true, false}).toIntArray());
    assertArrayEquals(new double[] {0.1}, Tensor.of(new double[] {0.1}).toDoubleArray());
    assertEquals(0, Tensor.of(new float[0], 0, 3).elements());
    assertEquals(Shape.SCALAR, Tensor.scalar(2).shape());
    var thrown = assertThrows(TensorException.class, () -> Tensor.of(new float[3], 2, 2));
    assertTrue(thrown.toString().contains("[2, 2]"), thrown.toString());
  }

  @Test
  void doesNotShareTheCallersArray() {
    float[] values = {1, 2};
    Tensor t = Tensor.of(values);
    values[0] = 9;
    t.toFloatArray()[1] = 9;
    assertArrayEquals(new float[] {1, 2}, t.toFloatArray());
  }

  @Test
  void viewsShareMemoryAndCopiesDoNot() {
    Tensor t = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
    t.slice(1, 1, 2).addInPlace(Tensor.scalar(10));
    assertArrayEquals(new float[] {1, 12, 3, 4, 15, 6}, t.toFloatArray());
    assertArrayEquals(new float[] {1, 4, 12, 15, 3, 6}, t.transpose().toFloatArray());
    t.copy().mulInPlace(Tensor.scalar(0));
    assertEquals(15, t.slice(0, 1, 2).slice(1, 1, 2).item());
    assertSame(t, t.contiguous());
    assertFalse(t.transpose().isContiguous());
  }

  @Test
  void operationsPromoteAndBroadcast() {
    Tensor i = Tensor.of(new int[] {1, 2, 3});
    assertEquals(DType.F32, i.add(Tensor.scalar(0.5f)).dtype());
    assertEquals(DType.I32, i.mul(2).dtype());
    assertEquals(DType.F32, i.mul(0.5).dtype());
    assertArrayEquals(new int[] {0, 1, 1}, i.floorDiv(2).toIntArray());
    assertArrayEquals(
        new double[] {2, 3, 4, 3, 4, 5}, i.add(Tensor.of(new int[] {1, 2}, 2, 1)).toDoubleArray());
    var thrown = assertThrows(TensorException.class, () -> i.add(Tensor.of(new int[] {1, 2})));
    assertTrue(thrown.toString().contains("Add"), thrown.toString());
  }

  @Test
  void errorsNameOperationAndShapes() {
    Tensor t = Tensor.ones(2, 3);
    assertTrue(
        assertThrows(TensorException.class, () -> t.matmul(t)).toString().contains("matmul"));
    assertTrue(
        assertThrows(TensorException.class, () -> t.reshape(4, -1)).toString().contains("[4, -1]"));
    assertThrows(TensorException.class, () -> t.sum(0, 0));
    assertThrows(TensorException.class, () -> t.sum(2));
    assertThrows(TensorException.class, t::item);
    assertThrows(TensorException.class, () -> Tensor.of(new int[] {1}).exp());
    assertThrows(TensorException.class, () -> Tensor.of(new int[] {1}).mean());
    assertThrows(TensorException.class, () -> Tensor.of(new boolean[] {true}).sum());
    assertThrows(TensorException.class, () -> Tensor.ones(0).max());
    assertThrows(TensorException.class, () -> Tensor.ones(3).transpose());
    assertThrows(TensorException.class, () -> t.where(t, t));
    assertThrows(TensorException.class, () -> t.rows(Tensor.of(new int[] {2})));
    assertThrows(TensorException.class, () -> Tensor.of(new int[] {1}).floorDiv(0));
  }

  @Test
  void closeMeansEqualShapesAndNearValues() {
    Tensor t = Tensor.of(new float[] {1, Float.POSITIVE_INFINITY});
    assertTrue(t.allClose(t.copy(), 0, 0));
    assertTrue(t.allClose(Tensor.of(new float[] {1.001f, Float.POSITIVE_INFINITY}), 0.01, 0));
    assertFalse(t.allClose(Tensor.of(new float[] {1.1f, Float.POSITIVE_INFINITY}), 0.01, 0));
    assertFalse(t.allClose(t.reshape(2, 1), 1, 1));
    Tensor nan = Tensor.of(new float[] {Float.NaN});
    assertFalse(nan.allClose(nan, 1, 1));
  }
}
