package org.espalier.multitask.aggregation;

import java.util.Arrays;

/// The plain sum of the gradients: joint training.
public final class SumAggregator implements GradientAggregator {
  /// Makes the method; it has no settings.
  public SumAggregator() {}

  @Override
  public String name() {
    return "sum";
  }

  @Override
  public double[] weights(double[][] gram) {
    double[] w = new double[gram.length];
    Arrays.fill(w, 1);
    return w;
  }
}
