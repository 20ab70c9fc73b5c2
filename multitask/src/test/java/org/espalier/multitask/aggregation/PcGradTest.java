package org.espalier.multitask.aggregation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

final class PcGradTest {
  private static double[][] gram(double[][] j) {
    double[][] g = new double[j.length][j.length];
    for (int a = 0; a < j.length; a++) {
      for (int b = 0; b < j.length; b++) {
        for (int k = 0; k < j[a].length; k++) {
          g[a][b] += j[a][k] * j[b][k];
        }
      }
    }
    return g;
  }

  @Test
  void givesThePublishedWeightsForTwoConflictingGradients() {
    double[][] j = {{-4, 1, 1}, {6, 1, 1}};
    double[] w = new PcGrad(1).weights(gram(j));
    assertArrayEquals(new double[] {20.0 / 9, 30.0 / 19}, w, 1e-12);
  }

  @Test
  void isThePlainSumWithoutConflict() {
    double[][] j = {{1, 2, 0}, {3, 1, 0}, {0, 1, 5}};
    assertArrayEquals(new double[] {1, 1, 1}, new PcGrad(1).weights(gram(j)));
  }

  /// The definition, on vectors: each task's gradient against the originals of the others.
  @Test
  void agreesWithTheVectorFormForTwoTasksOfManyDimensions() {
    long seed = 5;
    Random random = new Random(seed);
    for (int trial = 0; trial < 50; trial++) {
      double[][] j = new double[2][20];
      for (double[] row : j) {
        for (int k = 0; k < row.length; k++) {
          row[k] = random.nextGaussian();
        }
      }
      double[][] g = gram(j);
      double[] w = new PcGrad(trial).weights(g);
      for (int k = 0; k < 20; k++) {
        double expected = 0;
        for (int i = 0; i < 2; i++) {
          double c = g[0][1];
          expected += j[i][k] - (c < 0 ? c / g[1 - i][1 - i] * j[1 - i][k] : 0);
        }
        assertArrayEquals(
            new double[] {expected},
            new double[] {w[0] * j[0][k] + w[1] * j[1][k]},
            1e-12,
            "seed " + seed);
      }
    }
  }

  @Test
  void repeatsAfterResetAndDependsOnTheOrderOnlyThroughTheSeed() {
    double[][] g = gram(new double[][] {{1, 0}, {-1, 1}, {-1, -2}});
    PcGrad method = new PcGrad(7);
    double[] first = method.weights(g);
    double[] second = method.weights(g);
    method.reset();
    assertArrayEquals(first, method.weights(g));
    assertArrayEquals(second, method.weights(g));
  }

  @Test
  void staysFiniteForZeroAndHugeAndTinyGradients() {
    for (double scale : new double[] {0, 1e-10, 1, 1e15}) {
      double[][] j = {{-4 * scale, scale}, {6 * scale, scale}, {0, 0}};
      for (double w : new PcGrad(1).weights(gram(j))) {
        assertTrue(Double.isFinite(w), "scale " + scale);
      }
    }
  }

  @Test
  void theMeanDoesNotProtectATaskThatProjectionProtects() {
    double[][] j = {{-4, 1, 1}, {6, 1, 1}};
    double[][] g = gram(j);
    double[] sum = new SumAggregator().weights(g);
    double[] projected = new PcGrad(1).weights(g);
    assertTrue(sum[0] * g[0][0] + sum[1] * g[0][1] < 0);
    assertTrue(projected[0] * g[0][0] + projected[1] * g[0][1] > 0);
  }
}
