package org.espalier;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ShapeTest {
  @Test
  void knowsItsAxesFromBothEnds() {
    Shape shape = Shape.of(2, 3, 4);
    assertEquals(24, shape.elements());
    assertEquals(4, shape.size(-1));
    assertEquals(2, shape.size(0));
    assertEquals(Shape.of(2, 9, 4), shape.with(-2, 9));
    assertEquals(Shape.of(2, 4), shape.without(1));
    assertThrows(TensorException.class, () -> shape.size(3));
    assertThrows(TensorException.class, () -> shape.size(-4));
  }

  @Test
  void aScalarHasOneElementAndNoAxis() {
    assertEquals(1, Shape.SCALAR.elements());
    assertEquals(Shape.SCALAR, Shape.of());
    assertEquals(0, Shape.of(3, 0).elements());
    assertThrows(TensorException.class, () -> Shape.SCALAR.size(-1));
  }

  @Test
  void broadcastsSizesThatAreEqualOrOne() {
    assertEquals(Shape.of(2, 3), Shape.of(2, 3).broadcast(Shape.of(3)));
    assertEquals(Shape.of(4, 2, 3), Shape.of(2, 1).broadcast(Shape.of(4, 1, 3)));
    assertEquals(Shape.of(0, 3), Shape.of(1, 3).broadcast(Shape.of(0, 1)));
    assertEquals(Shape.of(5), Shape.SCALAR.broadcast(Shape.of(5)));
    var thrown = assertThrows(TensorException.class, () -> Shape.of(2, 3).broadcast(Shape.of(2)));
    assertTrue(
        thrown.toString().contains("[2, 3]") && thrown.toString().contains("axis -1"),
        thrown.toString());
  }

  @Test
  void refusesNegativeAndTooManyElements() {
    assertThrows(TensorException.class, () -> Shape.of(2, -1));
    assertThrows(TensorException.class, () -> Shape.of(1 << 16, 1 << 15));
    assertThrows(TensorException.class, () -> Shape.of(Integer.MAX_VALUE, Integer.MAX_VALUE, 8));
  }

  @Test
  void isAValueThatNobodyCanChange() {
    int[] sizes = {2, 3};
    Shape shape = Shape.of(sizes);
    sizes[0] = 9;
    shape.sizes()[1] = 9;
    assertArrayEquals(new int[] {2, 3}, shape.sizes());
    assertEquals(Shape.of(2, 3), shape);
    assertEquals(Shape.of(2, 3).hashCode(), shape.hashCode());
    assertNotEquals(Shape.of(3, 2), shape);
    assertEquals("[2, 3]", shape.toString());
  }

  @Test
  void promotesToTheLaterDtype() {
    for (DType a : DType.values()) {
      DType computed = a.isHalf() ? DType.F32 : a;
      assertEquals(computed, DType.promote(a, a));
      assertEquals(computed, DType.promote(a, DType.BOOL));
      assertEquals(DType.F64, DType.promote(DType.F64, a));
    }
    assertEquals(DType.F32, DType.promote(DType.I64, DType.F32));
    assertEquals(DType.I64, DType.promote(DType.I64, DType.I32));
  }

  @Test
  void devicesHavePlainNames() {
    assertEquals(Device.CPU, Device.of("cpu"));
    assertThrows(TensorException.class, () -> Device.of("GPU"));
    assertThrows(TensorException.class, () -> Device.of(""));
    assertThrows(TensorException.class, () -> Tensor.zeros(2).to(Device.of("nowhere")));
  }

  @Test
  void aSizeOfZeroMakesNoElementsWhereverItStands() {
    for (int[] sizes : new int[][] {{60000, 60000, 0}, {0, 60000, 60000}, {60000, 0, 60000}}) {
      assertEquals(0, Shape.of(sizes).elements());
      Tensor t = Tensor.zeros(sizes);
      assertEquals(0, t.transpose().slice(0, 0, 0).copy().toFloatArray().length);
      assertEquals(0, t.permute(2, 1, 0).exp().toDoubleArray().length);
    }
    assertEquals(0, Tensor.zeros(9, 0).slice(0, 8, 9).toFloatArray().length);
    assertThrows(TensorException.class, () -> Shape.of(60000, 60000));
    assertThrows(TensorException.class, () -> Shape.of(0, -1));
  }
}
