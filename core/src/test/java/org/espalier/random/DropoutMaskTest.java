package org.espalier.random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.espalier.TensorException;
import org.junit.jupiter.api.Test;

class DropoutMaskTest {
  private static final int COLUMNS = 1024;

  private static boolean[] row(long seed, int stream, long row, int threshold) {
    int key = DropoutMask.rowKey(seed, stream, row);
    boolean[] dropped = new boolean[COLUMNS];
    for (int j = 0; j < COLUMNS; j++) {
      dropped[j] = DropoutMask.dropped(key, j, threshold);
    }
    return dropped;
  }

  /// Correlation of two rows of fair coins, in standard deviations.
  private static double correlation(boolean[] a, boolean[] b, int shift) {
    int same = 0;
    int n = 0;
    for (int j = 0; j + shift < a.length; j++) {
      same += a[j] == b[j + shift] ? 1 : 0;
      n++;
    }
    return Math.abs(same - n / 2.0) / Math.sqrt(n / 4.0);
  }

  @Test
  void dropsTheShareAskedFor() {
    for (double p : new double[] {0.01, 0.1, 0.5, 0.9}) {
      int threshold = DropoutMask.threshold(p);
      int dropped = 0;
      int n = 0;
      for (long r = 0; r < 300; r++) {
        for (boolean d : row(3, 1, r, threshold)) {
          dropped += d ? 1 : 0;
          n++;
        }
      }
      assertEquals(
          p * n, dropped, 5 * Math.sqrt(n * p * (1 - p)) + n / 65536.0, "p = " + p + ", seed 3");
    }
  }

  @Test
  void dropsNothingAtZeroAndEverythingAtOne() {
    for (boolean d : row(4, 0, 0, DropoutMask.threshold(0))) {
      assertFalse(d);
    }
    for (boolean d : row(4, 0, 0, DropoutMask.threshold(1))) {
      assertTrue(d);
    }
    assertEquals(1, DropoutMask.scale(DropoutMask.threshold(0)));
    assertEquals(0, DropoutMask.scale(DropoutMask.threshold(1)));
    assertEquals(2, DropoutMask.scale(DropoutMask.threshold(0.5)));
    assertEquals(1 / 0.9, DropoutMask.scale(DropoutMask.threshold(0.1)), 1e-4);
  }

  @Test
  void refusesWhatIsNoProbability() {
    for (double p : new double[] {-0.1, 1.1, Double.NaN}) {
      assertThrows(TensorException.class, () -> DropoutMask.threshold(p));
    }
  }

  @Test
  void drawsRowsStreamsAndSeedsIndependently() {
    int half = DropoutMask.threshold(0.5);
    boolean[] base = row(5, 5, 5, half);
    for (int bit = 0; bit < 40; bit++) {
      assertTrue(correlation(base, row(5, 5, 5 ^ (1L << bit), half), 0) < 5, "row bit " + bit);
      assertTrue(correlation(base, row(5 ^ (1L << bit), 5, 5, half), 0) < 5, "seed bit " + bit);
    }
    for (int bit = 0; bit < 32; bit++) {
      assertTrue(correlation(base, row(5, 5 ^ (1 << bit), 5, half), 0) < 5, "stream bit " + bit);
    }
  }

  @Test
  void showsNoPeriodAlongARowOrDownAColumn() {
    int half = DropoutMask.threshold(0.5);
    boolean[] wide = new boolean[1 << 14];
    int key = DropoutMask.rowKey(6, 0, 0);
    boolean[] tall = new boolean[1 << 14];
    for (int j = 0; j < wide.length; j++) {
      wide[j] = DropoutMask.dropped(key, j, half);
      tall[j] = DropoutMask.dropped(DropoutMask.rowKey(6, 0, j), 3, half);
    }
    for (int shift = 1; shift <= 2048; shift++) {
      assertTrue(correlation(wide, wide, shift) < 5, "columns " + shift + " apart, seed 6");
      assertTrue(correlation(tall, tall, shift) < 5, "rows " + shift + " apart, seed 6");
    }
  }
}
