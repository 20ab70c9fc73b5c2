package org.espalier.multitask.aggregation;

/// Turns the gradients of tasks on the shared parameters into one direction `d = sum w_i g_i`.
///
/// Methods that need no more than angles and lengths work on the Gram matrix `G_ij = g_i . g_j`,
/// which is as small as the number of tasks.
public interface GradientAggregator {
  /// What reports and `--aggregation` call it.
  String name();

  /// Returns the weight of each gradient.
  ///
  /// @param gram `[tasks][tasks]`, symmetric
  double[] weights(double[][] gram);

  /// Starts over: random choices repeat, and memory of earlier steps is lost.
  default void reset() {}
}
