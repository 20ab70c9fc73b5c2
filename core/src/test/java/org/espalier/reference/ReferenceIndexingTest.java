package org.espalier.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.espalier.Shape;
import org.espalier.TensorException;
import org.espalier.spi.View;
import org.junit.jupiter.api.Test;

class ReferenceIndexingTest {
  private final ReferenceBackend backend = new ReferenceBackend();

  @Test
  void gathersRows() {
    View table = Views.strided(Views.f32(Shape.of(3, 2), 0, 1, 10, 11, 20, 21));
    View out = Views.f32(Shape.of(4, 2));
    backend.gather(table, Views.ints(2, 0, 2, 1), out);
    assertArrayEquals(new double[] {20, 21, 0, 1, 20, 21, 10, 11}, Views.values(out));
  }

  @Test
  void gathersElementsAndBlocks() {
    View out = Views.longs(0, 0);
    backend.gather(Views.longs(1L << 60, (1L << 60) + 1), Views.ints(1, 1), out);
    assertArrayEquals(new long[] {(1L << 60) + 1, (1L << 60) + 1}, Views.longValues(out));
    View blocks = Views.f64(Shape.of(1, 2, 2));
    backend.gather(Views.f64(Shape.of(2, 2, 2), 1, 2, 3, 4, 5, 6, 7, 8), Views.ints(1), blocks);
    assertArrayEquals(new double[] {5, 6, 7, 8}, Views.values(blocks));
  }

  @Test
  void gathersNothing() {
    View out = Views.f32(Shape.of(0, 2));
    backend.gather(Views.f32(Shape.of(0, 2)), Views.ints(), out);
    assertEquals(0, out.elements());
  }

  @Test
  void scatterAddsRepeatedIndices() {
    View out = Views.strided(Views.f32(Shape.of(3, 2), 1, 1, 1, 1, 1, 1));
    backend.scatterAdd(Views.f32(Shape.of(3, 2), 1, 2, 3, 4, 5, 6), Views.ints(2, 0, 2), out);
    assertArrayEquals(new double[] {4, 5, 1, 1, 7, 9}, Views.values(out));
  }

  @Test
  void scatterAddsInAscendingOrder() {
    View out = Views.f32(Shape.of(1, 1), 0);
    // in this order the 1 is lost in 1e8; in another it would survive
    backend.scatterAdd(Views.f32(Shape.of(3, 1), 1, 1e8, -1e8), Views.ints(0, 0, 0), out);
    assertEquals(0, out.floats()[0]);
  }

  @Test
  void namesTheIndexItsPlaceAndTheTable() {
    View table = Views.f32(Shape.of(3, 1), 1, 2, 3);
    View out = Views.f32(Shape.of(2, 1));
    for (int bad : new int[] {3, -1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      var thrown =
          assertThrows(TensorException.class, () -> backend.gather(table, Views.ints(0, bad), out));
      assertTrue(
          thrown.toString().contains("index " + bad + " at place 1")
              && thrown.toString().contains("3 rows"),
          thrown.toString());
    }
  }

  @Test
  void aBadScatterChangesNothing() {
    View out = Views.f32(Shape.of(2, 1), 5, 6);
    assertThrows(
        TensorException.class,
        () -> backend.scatterAdd(Views.f32(Shape.of(2, 1), 1, 1), Views.ints(0, 2), out));
    assertArrayEquals(new double[] {5, 6}, Views.values(out));
  }
}
