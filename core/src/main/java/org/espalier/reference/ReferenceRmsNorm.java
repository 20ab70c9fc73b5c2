package org.espalier.reference;

import org.espalier.spi.FusedKernel;

/// RMS norm along the last axis (Zhang, Sennrich 2019) and its gradients.
final class ReferenceRmsNorm {
  private ReferenceRmsNorm() {}

  /// `y_j = x_j * rstd * weight_j`, `rstd = 1 / sqrt(mean(x^2) + eps)`.
  static void forward(FusedKernel.RmsNorm kernel) {
    Cells x = new Cells(kernel.x());
    Cells weight = new Cells(kernel.weight());
    Cells y = new Cells(kernel.y());
    Cells rstds = new Cells(kernel.rstd());
    int n = x.columns;
    for (int row = 0; row < x.rows; row++) {
      int from = row * n;
      double squares = 0;
      for (int j = 0; j < n; j++) {
        squares += x.get(from + j) * x.get(from + j);
      }
      double rstd = 1 / Math.sqrt(squares / n + kernel.eps());
      for (int j = 0; j < n; j++) {
        y.set(from + j, x.get(from + j) * rstd * weight.get(j));
      }
      rstds.set(row, rstd);
    }
  }

  /// With `h = x * rstd` and `g = dy * weight`: `dx = rstd * (g - h * mean(g * h))`, `dweight = sum
  /// over rows of dy * h`.
  static void backward(FusedKernel.RmsNormBackward kernel) {
    Cells dy = new Cells(kernel.dy());
    Cells x = new Cells(kernel.x());
    Cells rstds = new Cells(kernel.rstd());
    Cells weight = new Cells(kernel.weight());
    Cells dx = new Cells(kernel.dx());
    int n = x.columns;
    double[] dweight = new double[n];
    for (int row = 0; row < x.rows; row++) {
      int from = row * n;
      double rstd = rstds.get(row);
      double sumGh = 0;
      for (int j = 0; j < n; j++) {
        double h = x.get(from + j) * rstd;
        sumGh += dy.get(from + j) * weight.get(j) * h;
        dweight[j] += dy.get(from + j) * h;
      }
      for (int j = 0; j < n; j++) {
        double h = x.get(from + j) * rstd;
        double g = dy.get(from + j) * weight.get(j);
        dx.set(from + j, rstd * (g - h * (sumGh / n)));
      }
    }
    Cells weightGradient = new Cells(kernel.dweight());
    for (int j = 0; j < n; j++) {
      weightGradient.set(j, dweight[j]);
    }
  }
}
