package org.espalier.nn.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

final class TokenF1Test {
  @Test
  void countsAnyTagButOutsideAsFound() {
    var metric = new TokenF1(0);
    // O B I O B | O I O B O: two found whatever the tag, one missed, one invented
    var counts = metric.add(new int[] {0, 1, 2, 0, 1}, new int[] {0, 2, 0, 1, 1});
    assertEquals(new F1Counts(2, 1, 1), counts);
    assertEquals(2.0 / 3, metric.value(), 1e-15);
  }

  @Test
  void addsSentencesUpBeforeDividing() {
    var metric = new TokenF1(0);
    metric.add(new int[] {1, 0, 0}, new int[] {1, 0, 0});
    metric.add(new int[] {1, 2, 2}, new int[] {0, 0, 0});
    assertEquals(new F1Counts(1, 0, 3), metric.counts());
    assertEquals(0.4, metric.value(), 1e-15);
  }

  @Test
  void isNaNWhenThereIsNothingToFindAndNothingFound() {
    var metric = new TokenF1(0);
    assertEquals(Double.NaN, metric.value());
    metric.add(new int[] {0, 0}, new int[] {0, 0});
    metric.add(new int[0], new int[0]);
    assertEquals(Double.NaN, metric.value());
  }

  @Test
  void isZeroWhenNothingFoundIsRight() {
    var metric = new TokenF1(0);
    metric.add(new int[] {1, 0}, new int[] {0, 1});
    assertEquals(0, metric.value());
  }

  @Test
  void refusesAnotherNumberOfPredictions() {
    var metric = new TokenF1(0);
    assertThrows(IllegalArgumentException.class, () -> metric.add(new int[] {0, 1}, new int[] {0}));
  }
}
