package org.espalier.nn.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

final class MacroF1Test {
  private static double of(int classes, int[] labels, int[] predicted) {
    var metric = new MacroF1(classes);
    for (int i = 0; i < labels.length; i++) {
      metric.add(labels[i], predicted[i]);
    }
    return metric.value();
  }

  @Test
  void agreesWithThePublishedExampleOfScikitLearn() {
    double f1 = of(3, new int[] {0, 1, 2, 0, 1, 2}, new int[] {0, 2, 1, 0, 0, 1});
    assertEquals(0.26666666, f1, 1e-8);
  }

  @Test
  void leavesOutAClassThatOccursNowhere() {
    assertEquals(1, of(45, new int[] {3, 7}, new int[] {3, 7}));
  }

  @Test
  void countsAClassThatIsOnlyPredictedAsZero() {
    assertEquals((2.0 / 3 + 0) / 2, of(2, new int[] {0, 0}, new int[] {0, 1}), 1e-15);
  }

  @Test
  void isNaNWhenNothingWasAdded() {
    assertEquals(Double.NaN, new MacroF1(4).value());
  }

  @Test
  void refusesAnIndexThatIsNoClass() {
    var metric = new MacroF1(2);
    assertThrows(IndexOutOfBoundsException.class, () -> metric.add(0, 2));
    assertThrows(IndexOutOfBoundsException.class, () -> metric.add(-1, 0));
    assertEquals(Double.NaN, metric.value());
  }
}
