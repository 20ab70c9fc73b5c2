package org.espalier.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.espalier.Shape;
import org.espalier.TensorException;
import org.espalier.spi.FusedKernel;
import org.espalier.spi.View;
import org.junit.jupiter.api.Test;

class ReferenceAdamWTest {
  private final ReferenceBackend backend = new ReferenceBackend();

  private static FusedKernel.AdamW step(int t, FusedKernel.AdamWSlot... slots) {
    double rate = 0.1;
    return new FusedKernel.AdamW(
        List.of(slots),
        1,
        1 - rate * 0.01,
        0.9,
        0.999,
        rate / (1 - Math.pow(0.9, t)),
        1 / (1 - Math.pow(0.999, t)),
        1e-8);
  }

  /// After the first step `m / (1 - beta1) = g` and `v / (1 - beta2) = g^2`: the parameter moves by
  /// the learning rate against the sign.
  @Test
  void theFirstStepMovesByTheLearningRate() {
    View p = Views.f64(Shape.of(2), 1, -2);
    View g = Views.f64(Shape.of(2), 0.3, -40);
    View m = Views.f64(Shape.of(2), 0, 0);
    View v = Views.f64(Shape.of(2), 0, 0);
    backend.run(step(1, new FusedKernel.AdamWSlot(p, g, null, m, v)));
    assertArrayEquals(new double[] {0.999 - 0.1, -2 * 0.999 + 0.1}, Views.values(p), 1e-8);
    assertArrayEquals(new double[] {0.03, -4}, Views.values(m), 1e-15);
    assertArrayEquals(new double[] {0.00009, 1.6}, Views.values(v), 1e-14);
  }

  /// The algorithm as the paper writes it, with bias-corrected moments, for five steps.
  @Test
  void followsThePaper() {
    double[] gradients = Views.random(9, 5);
    View p = Views.f64(Shape.of(1), 0.7);
    View m = Views.f64(Shape.of(1), 0);
    View v = Views.f64(Shape.of(1), 0);
    double expected = 0.7;
    double first = 0;
    double second = 0;
    for (int t = 1; t <= 5; t++) {
      double g = gradients[t - 1];
      first = 0.9 * first + 0.1 * g;
      second = 0.999 * second + 0.001 * g * g;
      double mHat = first / (1 - Math.pow(0.9, t));
      double vHat = second / (1 - Math.pow(0.999, t));
      expected -= 0.1 * (mHat / (Math.sqrt(vHat) + 1e-8) + 0.01 * expected);
      View gradient = Views.f64(Shape.of(1), g);
      backend.run(step(t, new FusedKernel.AdamWSlot(p, gradient, null, m, v)));
    }
    assertArrayEquals(new double[] {expected}, Views.values(p), 1e-14);
  }

  @Test
  void movesOnlyTheGivenRows() {
    View p = Views.f32(Shape.of(3, 2), 1, 1, 1, 1, 1, 1);
    View m = Views.f32(Shape.of(3, 2), 0, 0, 0, 0, 0, 0);
    View v = Views.f32(Shape.of(3, 2), 0, 0, 0, 0, 0, 0);
    View g = Views.f32(Shape.of(2, 2), 1, -1, 2, 0);
    backend.run(step(1, new FusedKernel.AdamWSlot(p, g, Views.ints(2, 0), m, v)));
    assertArrayEquals(new double[] {0.899, 0.999, 1, 1, 0.899, 1.099}, Views.values(p), 1e-6);
    assertArrayEquals(new double[] {0.2, 0, 0, 0, 0.1, -0.1}, Views.values(m), 1e-7);
  }

  @Test
  void aBadRowMovesNothing() {
    View p = Views.f32(Shape.of(2, 1), 1, 1);
    View g = Views.f32(Shape.of(1, 1), 1);
    View zeros = Views.f32(Shape.of(2, 1), 0, 0);
    var good = new FusedKernel.AdamWSlot(p, g, Views.ints(0), zeros, zeros);
    var bad = new FusedKernel.AdamWSlot(p, g, Views.ints(2), zeros, zeros);
    assertThrows(TensorException.class, () -> backend.run(step(1, good, bad)));
    assertArrayEquals(new double[] {1, 1}, Views.values(p));
  }

  @Test
  void scalesTheGradient() {
    View p = Views.f64(Shape.of(1), 0);
    View m = Views.f64(Shape.of(1), 0);
    View v = Views.f64(Shape.of(1), 0);
    var slot = new FusedKernel.AdamWSlot(p, Views.f64(Shape.of(1), 10), null, m, v);
    backend.run(new FusedKernel.AdamW(List.of(slot), 0.5, 1, 0.5, 0.5, 0, 1, 1e-8));
    assertArrayEquals(new double[] {2.5}, Views.values(m));
    assertArrayEquals(new double[] {12.5}, Views.values(v));
  }
}
