package org.espalier.multitask.weighting;

import java.util.Arrays;
import org.espalier.Tensor;

/// Fixed weights: `sum w_i L_i`.
public final class FixedWeighting implements LossWeighting {
  private final double[] weights;
  private final String name;

  private FixedWeighting(String name, double[] weights) {
    this.name = name;
    this.weights = weights;
  }

  /// Returns these weights.
  ///
  /// @throws IllegalArgumentException when one is negative or not finite
  public static FixedWeighting of(double... weights) {
    if (Arrays.stream(weights).anyMatch(w -> !(w >= 0 && w < Double.POSITIVE_INFINITY))) {
      throw new IllegalArgumentException(
          "weights must be finite and not negative, found " + Arrays.toString(weights));
    }
    return new FixedWeighting("fixed", weights.clone());
  }

  /// Returns weight 1 for each of this many tasks: the plain sum, which tuned often equals special
  /// methods (Kurin et al. 2022; Royer et al. 2023).
  public static FixedWeighting equal(int tasks) {
    double[] w = new double[tasks];
    Arrays.fill(w, 1);
    return new FixedWeighting("equal", w);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Tensor weigh(int task, Tensor loss) {
    return weights[task] == 1 ? loss : loss.mul(weights[task]);
  }

  @Override
  public boolean isRecordable() {
    return true;
  }

  @Override
  public double weight(int task) {
    return weights[task];
  }
}
