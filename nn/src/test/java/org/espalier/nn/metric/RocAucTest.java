package org.espalier.nn.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;

final class RocAucTest {
  private static double of(boolean[] positive, double[] scores) {
    var metric = new RocAuc();
    for (int i = 0; i < scores.length; i++) {
      metric.add(positive[i], scores[i]);
    }
    return metric.value();
  }

  private static double byAllPairs(boolean[] positive, double[] scores) {
    double wins = 0;
    int pairs = 0;
    for (int i = 0; i < scores.length; i++) {
      for (int j = 0; j < scores.length; j++) {
        if (positive[i] && !positive[j]) {
          wins += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
          pairs++;
        }
      }
    }
    return wins / pairs;
  }

  @Test
  void agreesWithThePublishedExampleOfScikitLearn() {
    boolean[] positive = {false, false, true, true};
    assertEquals(0.75, of(positive, new double[] {0.1, 0.4, 0.35, 0.8}));
  }

  @Test
  void countsATieAsOneHalf() {
    assertEquals(0.5, of(new boolean[] {true, false}, new double[] {0.0, -0.0}));
  }

  @Test
  void agreesWithCountingAllPairs() {
    for (long seed = 0; seed < 200; seed++) {
      var random = new Random(seed);
      int n = 2 + random.nextInt(150);
      boolean[] positive = new boolean[n];
      double[] scores = new double[n];
      int distinct = 1 + random.nextInt(20);
      for (int i = 0; i < n; i++) {
        positive[i] = random.nextInt(3) == 0;
        scores[i] =
            random.nextInt(distinct) == 0 ? Double.NEGATIVE_INFINITY : random.nextInt(distinct);
      }
      assertEquals(byAllPairs(positive, scores), of(positive, scores), 1e-14, "seed " + seed);
    }
  }

  @Test
  void isNaNWhenAClassIsAbsent() {
    assertEquals(Double.NaN, new RocAuc().value());
    assertEquals(Double.NaN, of(new boolean[] {true, true}, new double[] {1, 2}));
    assertEquals(Double.NaN, of(new boolean[] {false}, new double[] {1}));
  }

  @Test
  void isNaNWhenAScoreIsNaN() {
    assertEquals(
        Double.NaN, of(new boolean[] {true, false, true}, new double[] {Double.NaN, 1, 2}));
    assertEquals(
        Double.NaN, of(new boolean[] {true, false, true}, new double[] {3, Double.NaN, 2}));
  }
}
