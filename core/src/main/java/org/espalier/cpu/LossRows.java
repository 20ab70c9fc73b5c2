package org.espalier.cpu;

import org.espalier.TensorException;

/// Cross-entropy of contiguous rows of logits, and its gradient.
///
/// The target distribution is `1 - s` on the class plus `s / classes` on all (Szegedy et al. 2016).
final class LossRows {
  private LossRows() {}

  /// `loss = logSumExp - sum(target distribution * x)`, 0 for ignored rows; `sums` gets the largest
  /// logit and the sum of `exp(x - largest)` of each row.
  ///
  /// @throws TensorException when a target is neither a class nor the ignore index
  static void forward(
      int rows,
      int classes,
      float[] x,
      int xo,
      int[] targets,
      int to,
      int ignore,
      double smoothing,
      float[] loss,
      int lo,
      float[] sums,
      int so) {
    check(rows, classes, targets, to, ignore);
    RowKernels k = Rows.KERNELS;
    float keep = (float) (1 - smoothing);
    float spread = (float) smoothing;
    Ranges.run(
        rows,
        classes,
        (from, end) -> {
          float[] scratch = Scratch.row(classes);
          for (int r = from; r < end; r++) {
            int at = xo + r * classes;
            float max = k.max(x, at, classes);
            float sum = k.expSum(x, at, scratch, 0, classes, 1, max);
            float log = ScalarMath.log(sum);
            sums[so + 2 * r] = max;
            sums[so + 2 * r + 1] = sum;
            int target = targets[to + r];
            if (target == ignore) {
              loss[lo + r] = 0;
            } else {
              float l = keep * (max - x[at + target] + log);
              if (spread > 0) {
                k.subtract(x, at, scratch, 0, classes, max);
                l += spread * (log - k.sum(scratch, 0, classes) / classes);
              }
              loss[lo + r] = l;
            }
          }
        });
  }

  /// `dx = (exp(x - largest) / sum - target distribution) * rowScale`, 0 for ignored rows; `dx` may
  /// be `x`.
  ///
  /// @throws TensorException when a target is neither a class nor the ignore index
  static void backward(
      int rows,
      int classes,
      float[] x,
      int xo,
      int[] targets,
      int to,
      int ignore,
      double smoothing,
      float[] sums,
      int so,
      float[] rowScale,
      int go,
      float[] dx,
      int dxo) {
    check(rows, classes, targets, to, ignore);
    RowKernels k = Rows.KERNELS;
    float keep = (float) (1 - smoothing);
    float each = (float) (smoothing / classes);
    Ranges.run(
        rows,
        classes,
        (from, end) -> {
          for (int r = from; r < end; r++) {
            int at = dxo + r * classes;
            int target = targets[to + r];
            if (target == ignore) {
              java.util.Arrays.fill(dx, at, at + classes, 0);
              continue;
            }
            k.exp(x, xo + r * classes, dx, at, classes, 1, sums[so + 2 * r]);
            float g = rowScale[go + r];
            k.scale(dx, at, dx, at, classes, g / sums[so + 2 * r + 1]);
            if (each > 0) {
              k.subtract(dx, at, dx, at, classes, each * g);
            }
            dx[at + target] -= keep * g;
          }
        });
  }

  private static void check(int rows, int classes, int[] targets, int to, int ignore) {
    for (int r = 0; r < rows; r++) {
      int t = targets[to + r];
      if (t != ignore && (t < 0 || t >= classes)) {
        throw new TensorException(
            "cross-entropy: target "
                + t
                + " of row "
                + r
                + " is not one of "
                + classes
                + " classes; targets go from 0 to "
                + (classes - 1)
                + ", or are the ignore index "
                + ignore);
      }
    }
  }
}
