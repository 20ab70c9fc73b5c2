package org.espalier.nn.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class F1CountsTest {
  @Test
  void isTheHarmonicMeanOfPrecisionAndRecall() {
    var counts = new F1Counts(6, 2, 4);
    assertEquals(0.75, counts.precision());
    assertEquals(0.6, counts.recall());
    assertEquals(2 / (1 / 0.75 + 1 / 0.6), counts.f1(), 1e-15);
  }

  @Test
  void addsUp() {
    assertEquals(new F1Counts(5, 7, 9), new F1Counts(1, 2, 3).plus(new F1Counts(4, 5, 6)));
  }

  @Test
  void isNaNForNothing() {
    assertEquals(Double.NaN, F1Counts.NONE.f1());
    assertEquals(Double.NaN, F1Counts.NONE.precision());
    assertEquals(Double.NaN, F1Counts.NONE.recall());
  }
}
