package org.espalier.multitask.aggregation;

import java.util.Arrays;
import org.espalier.random.RandomStream;

/// Projecting conflicting gradients, "gradient surgery" (Yu et al. 2020).
///
/// For each task `i`, the others `j` are visited in random order; where the gradient as projected
/// so far conflicts with the *original* `g_j` (`c = g_i^pc . g_j < 0`), its part along it is
/// removed: `g_i^pc -= c / |g_j|^2 g_j`. The direction is the sum of the projected gradients.
/// Everything is done in coordinates of the gradients, so the Gram matrix suffices.
public final class PcGrad implements GradientAggregator {
  private final long seed;
  private RandomStream random;

  /// Makes the method; the seed decides the orders.
  public PcGrad(long seed) {
    this.seed = seed;
    this.random = new RandomStream(seed, 0);
  }

  @Override
  public String name() {
    return "pcgrad";
  }

  @Override
  public double[] weights(double[][] gram) {
    int n = gram.length;
    double[] sum = new double[n];
    for (int i = 0; i < n; i++) {
      double[] c = new double[n];
      c[i] = 1;
      for (int j : random.permutation(n)) {
        if (j == i || !(gram[j][j] > 0)) {
          continue;
        }
        double along = 0;
        for (int k = 0; k < n; k++) {
          along += c[k] * gram[k][j];
        }
        if (along < 0) {
          c[j] -= along / gram[j][j];
        }
      }
      for (int k = 0; k < n; k++) {
        sum[k] += c[k];
      }
    }
    return Arrays.stream(sum).allMatch(Double::isFinite) ? sum : new SumAggregator().weights(gram);
  }

  @Override
  public void reset() {
    random = new RandomStream(seed, 0);
  }
}
