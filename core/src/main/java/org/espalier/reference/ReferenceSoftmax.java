package org.espalier.reference;

import org.espalier.spi.FusedKernel;

/// Softmax along the last axis and its gradient.
final class ReferenceSoftmax {
  private ReferenceSoftmax() {}

  /// `y_j = e^(x_j - max) / sum_i e^(x_i - max)`, or `log y_j = x_j - logSumExp(x)`.
  static void forward(FusedKernel.Softmax kernel) {
    Cells x = new Cells(kernel.x());
    Cells y = new Cells(kernel.y());
    for (int row = 0; row < x.rows; row++) {
      int from = row * x.columns;
      double max = max(x, row);
      double sum = sumExp(x, row, max);
      for (int i = from; i < from + x.columns; i++) {
        double shifted = x.get(i) - max;
        y.set(i, kernel.log() ? shifted - StrictMath.log(sum) : StrictMath.exp(shifted) / sum);
      }
    }
  }

  /// `dx_j = y_j (dy_j - sum_i y_i dy_i)`, or of the logarithm `dx_j = dy_j - e^(y_j) sum_i dy_i`.
  static void backward(FusedKernel.SoftmaxBackward kernel) {
    Cells y = new Cells(kernel.y());
    Cells dy = new Cells(kernel.dy());
    Cells dx = new Cells(kernel.dx());
    for (int row = 0; row < y.rows; row++) {
      int from = row * y.columns;
      double sum = 0;
      for (int i = from; i < from + y.columns; i++) {
        sum += kernel.log() ? dy.get(i) : y.get(i) * dy.get(i);
      }
      for (int i = from; i < from + y.columns; i++) {
        double gradient =
            kernel.log()
                ? dy.get(i) - StrictMath.exp(y.get(i)) * sum
                : y.get(i) * (dy.get(i) - sum);
        dx.set(i, gradient);
      }
    }
  }

  /// Returns the largest element of a row; NaN wins; -infinity when there is none.
  static double max(Cells x, int row) {
    double max = Double.NEGATIVE_INFINITY;
    for (int i = row * x.columns; i < (row + 1) * x.columns; i++) {
      max = Math.max(max, x.get(i));
    }
    return max;
  }

  /// Returns `sum_i e^(x_i - max)` of a row.
  static double sumExp(Cells x, int row, double max) {
    double sum = 0;
    for (int i = row * x.columns; i < (row + 1) * x.columns; i++) {
      sum += StrictMath.exp(x.get(i) - max);
    }
    return sum;
  }
}
