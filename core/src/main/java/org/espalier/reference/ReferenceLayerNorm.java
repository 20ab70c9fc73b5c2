package org.espalier.reference;

import org.espalier.spi.FusedKernel;

/// Layer norm along the last axis (Ba, Kiros, Hinton 2016) and its gradients.
final class ReferenceLayerNorm {
  private ReferenceLayerNorm() {}

  /// `y_j = (x_j - mean) * rstd * weight_j + bias_j` with the mean and the (biased) variance of the
  /// row.
  static void forward(FusedKernel.LayerNorm kernel) {
    Cells x = new Cells(kernel.x());
    Cells weight = new Cells(kernel.weight());
    Cells bias = new Cells(kernel.bias());
    Cells y = new Cells(kernel.y());
    Cells means = new Cells(kernel.mean());
    Cells rstds = new Cells(kernel.rstd());
    int n = x.columns;
    for (int row = 0; row < x.rows; row++) {
      int from = row * n;
      double sum = 0;
      for (int j = 0; j < n; j++) {
        sum += x.get(from + j);
      }
      double mean = sum / n;
      double squares = 0;
      for (int j = 0; j < n; j++) {
        double centred = x.get(from + j) - mean;
        squares += centred * centred;
      }
      double rstd = 1 / Math.sqrt(squares / n + kernel.eps());
      for (int j = 0; j < n; j++) {
        y.set(from + j, (x.get(from + j) - mean) * rstd * weight.get(j) + bias.get(j));
      }
      means.set(row, mean);
      rstds.set(row, rstd);
    }
  }

  /// With `h = (x - mean) * rstd` and `g = dy * weight`: `dx = rstd * (g - mean(g) - h * mean(g *
  /// h))`, `dweight = sum over rows of dy * h`, `dbias = sum over rows of dy`.
  static void backward(FusedKernel.LayerNormBackward kernel) {
    Cells dy = new Cells(kernel.dy());
    Cells x = new Cells(kernel.x());
    Cells means = new Cells(kernel.mean());
    Cells rstds = new Cells(kernel.rstd());
    Cells weight = new Cells(kernel.weight());
    Cells dx = new Cells(kernel.dx());
    int n = x.columns;
    double[] dweight = new double[n];
    double[] dbias = new double[n];
    for (int row = 0; row < x.rows; row++) {
      int from = row * n;
      double mean = means.get(row);
      double rstd = rstds.get(row);
      double sumG = 0;
      double sumGh = 0;
      for (int j = 0; j < n; j++) {
        double h = (x.get(from + j) - mean) * rstd;
        double d = dy.get(from + j);
        double g = d * weight.get(j);
        sumG += g;
        sumGh += g * h;
        dweight[j] += d * h;
        dbias[j] += d;
      }
      for (int j = 0; j < n; j++) {
        double h = (x.get(from + j) - mean) * rstd;
        double g = dy.get(from + j) * weight.get(j);
        dx.set(from + j, rstd * (g - sumG / n - h * (sumGh / n)));
      }
    }
    Cells weightGradient = new Cells(kernel.dweight());
    Cells biasGradient = new Cells(kernel.dbias());
    for (int j = 0; j < n; j++) {
      weightGradient.set(j, dweight[j]);
      biasGradient.set(j, dbias[j]);
    }
  }
}
