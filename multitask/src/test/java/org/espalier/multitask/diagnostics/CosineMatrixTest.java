package org.espalier.multitask.diagnostics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class CosineMatrixTest {
  private static final int BATCHES = 12;

  /// Gradients of two tasks: a common mean at a known angle, plus noise of a known size.
  private static double[][] gram(Random random, double cosine, double noise, int dimensions) {
    double[][] rows = new double[2 * BATCHES][dimensions];
    for (int r = 0; r < rows.length; r++) {
      for (int k = 0; k < dimensions; k++) {
        rows[r][k] = noise * random.nextGaussian() / Math.sqrt(dimensions);
      }
      boolean second = r >= BATCHES;
      rows[r][0] += second ? cosine : 1;
      rows[r][1] += second ? Math.sqrt(1 - cosine * cosine) : 0;
    }
    double[][] g = new double[rows.length][rows.length];
    for (int a = 0; a < rows.length; a++) {
      for (int b = 0; b < rows.length; b++) {
        for (int k = 0; k < dimensions; k++) {
          g[a][b] += rows[a][k] * rows[b][k];
        }
      }
    }
    return g;
  }

  @Test
  void isExactWithoutNoise() {
    var m = CosineMatrix.of(List.of("a", "b"), gram(new Random(1), -0.3, 0, 4), BATCHES);
    assertEquals(-0.3, m.cosine(0, 1), 1e-12);
    assertEquals(1, m.cosine(0, 0), 1e-12);
    assertEquals(1, m.norm(1), 1e-12);
    assertEquals(0, m.standardError(0, 1), 1e-12);
    assertTrue(m.isDistinguishable(0, 1));
  }

  @Test
  void correctsForNoiseThatHidesTheAngleOfSingleBatches() {
    long seed = 2;
    Random random = new Random(seed);
    double sum = 0;
    double raw = 0;
    int trials = 40;
    for (int t = 0; t < trials; t++) {
      var m = CosineMatrix.of(List.of("a", "b"), gram(random, 0.5, 3, 2000), BATCHES);
      sum += m.cosine(0, 1) / trials;
      raw += m.rawCosine(0, 1) / trials;
    }
    // A batch's length is sqrt(1 + 9), so its cosine is a tenth of the truth.
    assertEquals(0.5, sum, 0.02, "seed " + seed);
    assertEquals(0.05, raw, 0.005, "seed " + seed);
  }

  @Test
  void itsStandardErrorIsThatOfRepeatedExperiments() {
    long seed = 3;
    Random random = new Random(seed);
    int trials = 60;
    double[] found = new double[trials];
    double errors = 0;
    double mean = 0;
    for (int t = 0; t < trials; t++) {
      var m = CosineMatrix.of(List.of("a", "b"), gram(random, 0.2, 4, 1000), BATCHES);
      found[t] = m.cosine(0, 1);
      mean += found[t] / trials;
      errors += m.standardError(0, 1) / trials;
    }
    double variance = 0;
    for (double f : found) {
      variance += (f - mean) * (f - mean) / (trials - 1);
    }
    double ratio = errors / Math.sqrt(variance);
    assertTrue(ratio > 0.7 && ratio < 1.5, "ratio " + ratio + ", seed " + seed);
  }

  @Test
  void tellsOrthogonalTasksFromNothing() {
    long seed = 4;
    Random random = new Random(seed);
    int claimed = 0;
    for (int t = 0; t < 100; t++) {
      var m = CosineMatrix.of(List.of("a", "b"), gram(random, 0, 2, 500), BATCHES);
      claimed += m.isDistinguishable(0, 1) ? 1 : 0;
    }
    assertTrue(claimed <= 12, claimed + " of 100 claimed, seed " + seed);
  }

  @Test
  void pureNoiseIsNotDistinguishableAndNeverThrows() {
    double[][] zeros = new double[2 * BATCHES][2 * BATCHES];
    var m = CosineMatrix.of(List.of("a", "b"), zeros, BATCHES);
    assertTrue(Double.isNaN(m.cosine(0, 1)));
    assertEquals(0, m.cosine(0, 0));
    assertFalse(m.isDistinguishable(0, 1));
  }

  @Test
  void refusesAMatrixThatDoesNotFit() {
    assertThrows(
        IllegalArgumentException.class,
        () -> CosineMatrix.of(List.of("a"), new double[3][3], BATCHES));
  }
}
