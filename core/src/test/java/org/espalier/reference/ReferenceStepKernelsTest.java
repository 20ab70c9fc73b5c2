package org.espalier.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.espalier.Shape;
import org.espalier.spi.FusedKernel;
import org.espalier.spi.View;
import org.junit.jupiter.api.Test;

/// The kernels of steps that nothing waits for.
class ReferenceStepKernelsTest {
  private final ReferenceBackend backend = new ReferenceBackend();

  @Test
  void rowsOfOneIndexAreSummedAtItsFirstPlace() {
    View rows = Views.ints(9, 9, 9, 9);
    View values = Views.f32(Shape.of(4, 2), 9, 9, 9, 9, 9, 9, 9, 9);
    backend.run(
        new FusedKernel.SumByIndex(
            Views.f32(Shape.of(4, 2), 1, 10, 2, 20, 3, 30, 4, 40),
            Views.ints(5, 0, 5, 2),
            rows,
            values));
    assertArrayEquals(new double[] {0, 2, 5, 5}, Views.values(rows));
    assertArrayEquals(new double[] {2, 20, 4, 40, 4, 40, 0, 0}, Views.values(values));
  }

  @Test
  void theNormAndTheFactorThatClipsIt() {
    View out = Views.f64(Shape.of(2), 0, 0);
    View squares = Views.f64(Shape.of(2), 9, 16);
    backend.run(new FusedKernel.JointNorm(squares, 2, out));
    assertArrayEquals(new double[] {5, 2 / (5 + 1e-6)}, Views.values(out));
    backend.run(new FusedKernel.JointNorm(squares, 5, out));
    assertArrayEquals(new double[] {5, 1}, Views.values(out));
  }

  @Test
  void aStepWithNumbersOnTheDeviceMovesEachSlotByItsOwn() {
    View[] moved = new View[2];
    View[] expected = new View[2];
    double[][] numbers = {{0.9, 0.1, 2}, {0.8, 0.3, 3}};
    for (int i = 0; i < 2; i++) {
      moved[i] = Views.f32(Shape.of(2), 1, 2);
      expected[i] = Views.f32(Shape.of(2), 1, 2);
      double[] k = numbers[i];
      backend.run(
          new FusedKernel.AdamW(List.of(slot(expected[i])), 0.5, k[0], 0.9, 0.99, k[1], k[2], 1));
    }
    backend.run(
        new FusedKernel.AdamWOnDevice(
            List.of(slot(moved[0]), slot(moved[1])),
            Views.f64(Shape.of(2, 3), 0.9, 0.1, 2, 0.8, 0.3, 3),
            Views.f64(Shape.SCALAR, 0.5),
            0.9,
            0.99,
            1));
    for (int i = 0; i < 2; i++) {
      assertArrayEquals(Views.values(expected[i]), Views.values(moved[i]));
    }
  }

  private static FusedKernel.AdamWSlot slot(View parameter) {
    return new FusedKernel.AdamWSlot(
        parameter,
        Views.f32(Shape.of(2), 3, -1),
        null,
        Views.f32(Shape.of(2), 0.5, 0),
        Views.f32(Shape.of(2), 0.25, 1));
  }

  @Test
  void aRowThatIsNamedTwiceMovesOnceByTheSum() {
    View twice = Views.f32(Shape.of(2, 1), 1, 1);
    View once = Views.f32(Shape.of(2, 1), 1, 1);
    backend.run(step(twice, Views.f32(Shape.of(3, 1), 2, 1, 3), Views.ints(1, 0, 1)));
    backend.run(step(once, Views.f32(Shape.of(2, 1), 1, 5), Views.ints(0, 1)));
    assertArrayEquals(Views.values(once), Views.values(twice));
    assertEquals(2, Views.values(once).length);
  }

  private static FusedKernel.AdamW step(View parameter, View gradient, View rows) {
    View zeros = Views.f32(Shape.of(2, 1), 0, 0);
    View zeros2 = Views.f32(Shape.of(2, 1), 0, 0);
    var slot = new FusedKernel.AdamWSlot(parameter, gradient, rows, zeros, zeros2);
    return new FusedKernel.AdamW(List.of(slot), 1, 1, 0.9, 0.99, 0.1, 1, 1e-8);
  }
}
