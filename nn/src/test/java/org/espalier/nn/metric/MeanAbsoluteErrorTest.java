package org.espalier.nn.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;

final class MeanAbsoluteErrorTest {
  @Test
  void agreesWithThePublishedExampleOfScikitLearn() {
    var error = new MeanAbsoluteError();
    error.add(3, 2.5);
    error.add(-0.5, 0.0);
    error.add(2, 2);
    error.add(7, 8);
    assertEquals(0.5, error.value());
  }

  @Test
  void isNaNWhenEmptyOrWithNaN() {
    var error = new MeanAbsoluteError();
    assertEquals(Double.NaN, error.value());
    error.add(1, Double.NaN);
    error.add(1, 1);
    assertEquals(Double.NaN, error.value());
  }

  @Test
  void isBetterWhenLower() {
    assertFalse(new MeanAbsoluteError().higherIsBetter());
  }
}
