package org.espalier.op;

import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;

/// Kullback-Leibler divergence (1951) of a distribution from a target along the last axis, which
/// disappears: `sum of p (log p - log q)`, where `p = 0` counts for nothing.
public final class KlDivergence {
  private KlDivergence() {}

  /// Returns one divergence for each row.
  ///
  /// @param logProbabilities `log q`, as from `logSoftmax()`
  /// @param target `p`, of the same shape: probabilities, not their logarithms
  /// @throws TensorException when the shapes differ or have no axis
  public static Tensor apply(Tensor logProbabilities, Tensor target) {
    if (!logProbabilities.shape().equals(target.shape()) || target.rank() == 0) {
      throw new TensorException(
          "klDivergence: logarithms "
              + logProbabilities.shape()
              + " and target "
              + target.shape()
              + "; needs one shape of at least one axis");
    }
    Tensor zero = Tensor.full(target.dtype(), target.device(), Shape.SCALAR, 0);
    Tensor one = Tensor.full(target.dtype(), target.device(), Shape.SCALAR, 1);
    Tensor nothing = target.detach().equalTo(zero);
    Tensor logTarget = nothing.where(one, target).log();
    // Beside p = 0 stands log q = 0, since 0 times minus infinity would be NaN.
    return target.mul(logTarget.sub(nothing.where(zero, logProbabilities))).sum(-1);
  }
}
