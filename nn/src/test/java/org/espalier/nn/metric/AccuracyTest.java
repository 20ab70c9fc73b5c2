package org.espalier.nn.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class AccuracyTest {
  @Test
  void isTheShareOfRightPredictions() {
    var accuracy = new Accuracy();
    int[] labels = {0, 1, 2, 3};
    int[] predicted = {0, 2, 1, 3};
    for (int i = 0; i < labels.length; i++) {
      accuracy.add(labels[i], predicted[i]);
    }
    assertEquals(0.5, accuracy.value());
  }

  @Test
  void isNaNWhenNothingWasAdded() {
    assertEquals(Double.NaN, new Accuracy().value());
  }

  @Test
  void isBetterWhenHigher() {
    assertTrue(new Accuracy().higherIsBetter());
  }
}
