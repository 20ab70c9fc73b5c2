package org.espalier.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.espalier.Memory;
import org.espalier.Shape;
import org.espalier.TensorException;
import org.espalier.spi.FloatStorage;
import org.espalier.spi.Layout;
import org.espalier.spi.Matmul;
import org.espalier.spi.View;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("counts the live bytes of the pool that all tests share")
class ProductsTest {
  @Test
  void givesItsCopiesBackWhenTheProductIsRefused() {
    Shape square = Shape.of(40, 40);
    View vector = view(40, Shape.of(1, 40));
    // Neither rows nor columns are adjacent: it is copied. The results lie on top of each other.
    View repeated = vector.with(vector.layout().expand(square));
    View target = view(40, Shape.of(1, 40));
    View overlapping = target.with(target.layout().expand(square));
    View right = view(1600, square);
    long before = Memory.stats().liveBytes();
    assertThrows(
        TensorException.class,
        () -> Products.run(new Matmul(repeated, right, null, overlapping, false)));
    assertEquals(before, Memory.stats().liveBytes());
  }

  private static View view(int size, Shape shape) {
    return new View(new FloatStorage(new float[size], size, null), Layout.contiguous(shape));
  }
}
