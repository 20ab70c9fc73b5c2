package org.espalier.reference;

import org.espalier.TensorException;
import org.espalier.spi.FusedKernel;

/// Cross-entropy of logits against class indices, with label smoothing (Szegedy et al. 2016), and
/// its gradient.
///
/// The target distribution of a row is `q_j = (1 - s) * [j == target] + s / classes`.
final class ReferenceCrossEntropy {
  private ReferenceCrossEntropy() {}

  /// `loss = logSumExp(x) - sum_j q_j x_j`; rows whose target is ignored have loss 0.
  static void forward(FusedKernel.CrossEntropy kernel) {
    Cells logits = new Cells(kernel.logits());
    Cells targets = new Cells(kernel.targets());
    Cells loss = new Cells(kernel.loss());
    Cells sums = new Cells(kernel.sums());
    int classes = logits.columns;
    double smoothing = kernel.smoothing();
    for (int row = 0; row < logits.rows; row++) {
      double max = ReferenceSoftmax.max(logits, row);
      double sum = ReferenceSoftmax.sumExp(logits, row, max);
      sums.set(2 * row, max);
      sums.set(2 * row + 1, sum);
      int target = targets.getInt(row);
      if (target == kernel.ignoreIndex()) {
        loss.set(row, 0);
        continue;
      }
      checkTarget(row, target, classes);
      // Relative to the largest, so that no digits are lost where all are large.
      double expected = (1 - smoothing) * (logits.get(row * classes + target) - max);
      if (smoothing > 0) {
        double distances = 0;
        for (int j = 0; j < classes; j++) {
          distances += logits.get(row * classes + j) - max;
        }
        expected += smoothing / classes * distances;
      }
      loss.set(row, StrictMath.log(sum) - expected);
    }
  }

  /// `dlogits_j = (e^(x_j - largest) / sum - q_j) * rowScale`; rows whose target is ignored get 0.
  static void backward(FusedKernel.CrossEntropyBackward kernel) {
    Cells logits = new Cells(kernel.logits());
    Cells targets = new Cells(kernel.targets());
    Cells sums = new Cells(kernel.sums());
    Cells rowScale = new Cells(kernel.rowScale());
    Cells dlogits = new Cells(kernel.dlogits());
    int classes = logits.columns;
    for (int row = 0; row < logits.rows; row++) {
      int target = targets.getInt(row);
      boolean ignored = target == kernel.ignoreIndex();
      if (!ignored) {
        checkTarget(row, target, classes);
      }
      for (int j = 0; j < classes; j++) {
        int i = row * classes + j;
        if (ignored) {
          dlogits.set(i, 0);
          continue;
        }
        double q = kernel.smoothing() / classes + (j == target ? 1 - kernel.smoothing() : 0);
        double probability =
            StrictMath.exp(logits.get(i) - sums.get(2 * row)) / sums.get(2 * row + 1);
        dlogits.set(i, (probability - q) * rowScale.get(row));
      }
    }
  }

  private static void checkTarget(int row, int target, int classes) {
    if (target < 0 || target >= classes) {
      throw new TensorException(
          "cross-entropy: target "
              + target
              + " of row "
              + row
              + " is not one of "
              + classes
              + " classes; targets go from 0 to "
              + (classes - 1)
              + ", or are the ignore index");
    }
  }
}
