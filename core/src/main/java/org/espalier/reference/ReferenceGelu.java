package org.espalier.reference;

import org.espalier.spi.FusedKernel;

/// Gaussian error linear units (Hendrycks, Gimpel 2016): `x * Phi(x)`, exactly or with the authors'
/// approximation by tanh.
final class ReferenceGelu {
  private static final double SQRT_2_OVER_PI = 0.7978845608028654;
  private static final double CUBIC = 0.044715;

  private ReferenceGelu() {}

  /// `y = x * Phi(x)`, or `y = x / 2 * (1 + tanh u)` with `u = sqrt(2 / pi) * (x + 0.044715 x^3)`.
  static void forward(FusedKernel.Gelu kernel) {
    Cells x = new Cells(kernel.x());
    Cells y = new Cells(kernel.y());
    for (int i = 0; i < x.count; i++) {
      double value = x.get(i);
      y.set(i, value * (kernel.tanh() ? approximateCdf(value) : Erf.normalCdf(value)));
    }
  }

  /// `dx = dy * (Phi(x) + x * Phi'(x))`.
  static void backward(FusedKernel.GeluBackward kernel) {
    Cells x = new Cells(kernel.x());
    Cells dy = new Cells(kernel.dy());
    Cells dx = new Cells(kernel.dx());
    for (int i = 0; i < x.count; i++) {
      double value = x.get(i);
      double cdf = kernel.tanh() ? approximateCdf(value) : Erf.normalCdf(value);
      double density = kernel.tanh() ? approximateDensity(value) : Erf.normalDensity(value);
      // far out the density is 0 and outweighs any x, even an infinite one
      dx.set(i, dy.get(i) * (density == 0 ? cdf : cdf + value * density));
    }
  }

  /// `(1 + tanh u) / 2 = sigmoid(2 u)`, which keeps its digits where tanh is close to -1.
  private static double approximateCdf(double x) {
    return ReferenceElementwise.sigmoid(2 * SQRT_2_OVER_PI * (x + CUBIC * x * x * x));
  }

  private static double approximateDensity(double x) {
    double cdf = approximateCdf(x);
    double slope = cdf * (1 - cdf);
    return slope == 0 ? 0 : slope * 2 * SQRT_2_OVER_PI * (1 + 3 * CUBIC * x * x);
  }
}
