package org.espalier.multitask.weighting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.junit.jupiter.api.Test;

final class LossWeightingTest {
  @Test
  void equalWeightsLeaveTheLossAlone() {
    Tensor loss = Tensor.scalar(3);
    assertSame(loss, FixedWeighting.equal(2).weigh(1, loss));
  }

  @Test
  void fixedWeightsMultiply() {
    assertEquals(1.5, FixedWeighting.of(1, 0.5).weigh(1, Tensor.scalar(3)).item());
    assertThrows(IllegalArgumentException.class, () -> FixedWeighting.of(-1));
    assertThrows(IllegalArgumentException.class, () -> FixedWeighting.of(Double.NaN));
  }

  @Test
  void uncertaintyStartsAtTheLikelihoodsOfDeviationOne() {
    var w =
        new UncertaintyWeighting(
            List.of(
                UncertaintyWeighting.Kind.REGRESSION, UncertaintyWeighting.Kind.CLASSIFICATION));
    assertEquals(2, w.weigh(0, Tensor.scalar(4)).item());
    assertEquals(4, w.weigh(1, Tensor.scalar(4)).item());
    assertEquals(0.5, w.weight(0));
    assertEquals(1, w.weight(1));
  }

  /// The stationary points: ln L for a regression, ln 2L for a classification (Kendall et al.
  /// 2018).
  @Test
  void uncertaintyHasItsOptimumAtTheLogarithmOfTheLoss() {
    for (var kind : UncertaintyWeighting.Kind.values()) {
      for (double loss : new double[] {1, 2, 4}) {
        double s =
            kind == UncertaintyWeighting.Kind.REGRESSION ? Math.log(loss) : Math.log(2 * loss);
        var w = new UncertaintyWeighting(List.of(kind));
        Tensor logVariance = w.parameters().get("weighting.log_variance.0");
        assertNotNull(logVariance);
        Autograd.noGrad(() -> logVariance.copyInPlace(Tensor.scalar((float) s)));
        w.weigh(0, Tensor.scalar((float) loss)).backward();
        Tensor gradient = logVariance.grad();
        assertNotNull(gradient);
        assertEquals(0, gradient.item(), 1e-6, kind + " " + loss);
      }
    }
  }

  @Test
  void uncertaintyMayMakeTheTotalNegative() {
    var w = new UncertaintyWeighting(List.of(UncertaintyWeighting.Kind.REGRESSION));
    Tensor s = w.parameters().get("weighting.log_variance.0");
    assertNotNull(s);
    Autograd.noGrad(() -> s.copyInPlace(Tensor.scalar(-6)));
    assertEquals(-3 + 0.5 * Math.exp(6) * 1e-4, w.weigh(0, Tensor.scalar(1e-4f)).item(), 1e-5);
  }
}
