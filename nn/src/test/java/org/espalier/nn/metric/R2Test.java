package org.espalier.nn.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;

final class R2Test {
  private static double of(double[] targets, double[] predicted) {
    var metric = new R2();
    for (int i = 0; i < targets.length; i++) {
      metric.add(targets[i], predicted[i]);
    }
    return metric.value();
  }

  @Test
  void agreesWithThePublishedExampleOfScikitLearn() {
    double r2 = of(new double[] {3, -0.5, 2, 7}, new double[] {2.5, 0.0, 2, 8});
    assertEquals(0.9486081370449679, r2, 1e-15);
  }

  @Test
  void agreesWithTwoPassesWhenTheMeanIsHuge() {
    long seed = 7;
    var random = new Random(seed);
    double[] targets = random.doubles(1000, 1e9, 1e9 + 1).toArray();
    double[] predicted = random.doubles(1000, 1e9, 1e9 + 1).toArray();
    double mean = 0;
    for (double y : targets) {
      mean += (y - 1e9) / targets.length;
    }
    double lost = 0;
    double spread = 0;
    for (int i = 0; i < targets.length; i++) {
      lost += Math.pow(targets[i] - predicted[i], 2);
      spread += Math.pow(targets[i] - 1e9 - mean, 2);
    }
    assertEquals(1 - lost / spread, of(targets, predicted), 1e-6, "seed " + seed);
  }

  @Test
  void isZeroForTheMeanAndNegativeForWorse() {
    assertEquals(0, of(new double[] {1, 2, 3}, new double[] {2, 2, 2}), 1e-15);
    assertEquals(-3, of(new double[] {1, 2, 3}, new double[] {3, 2, 1}), 1e-15);
  }

  @Test
  void isNaNWithoutSpreadOrWithNaN() {
    assertEquals(Double.NaN, new R2().value());
    assertEquals(Double.NaN, of(new double[] {5}, new double[] {5}));
    assertEquals(Double.NaN, of(new double[] {5, 5}, new double[] {4, 6}));
    assertEquals(Double.NaN, of(new double[] {1, 2}, new double[] {1, Double.NaN}));
  }
}
