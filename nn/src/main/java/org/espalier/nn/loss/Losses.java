package org.espalier.nn.loss;

import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.op.CrossEntropy;

/// Mean losses of a batch.
public final class Losses {
  private Losses() {}

  /// Returns the mean cross-entropy over the rows that have a label; 0 when none has.
  ///
  /// @param logits `[rows, classes]`
  /// @param targets a class for each row, or `CrossEntropy.IGNORE`
  public static Tensor crossEntropy(Tensor logits, int... targets) {
    int labelled = 0;
    for (int t : targets) {
      if (t != CrossEntropy.IGNORE) {
        labelled++;
      }
    }
    return CrossEntropy.apply(
            logits, Tensor.of(targets).to(logits.device()), CrossEntropy.IGNORE, 0)
        .sum()
        .div(Math.max(1, labelled));
  }

  /// Returns the mean of `(prediction - target)^2`.
  ///
  /// @throws TensorException when the shapes differ
  public static Tensor meanSquaredError(Tensor prediction, Tensor target) {
    if (!prediction.shape().equals(target.shape())) {
      throw new TensorException(
          "meanSquaredError: prediction "
              + prediction.shape()
              + " and target "
              + target.shape()
              + " differ");
    }
    return prediction.sub(target).square().mean();
  }
}
