package org.espalier.cpu;

import org.espalier.spi.BinaryKernel;
import org.espalier.spi.UnaryKernel;

/// Kernels over one run of adjacent floats, on the calling thread: the seam between vectors and
/// plain loops.
///
/// Both implementations give the same bits. Sums are defined on 16 virtual lanes: lane `j` adds the
/// elements `j`, `j + 16`, ... in ascending order, starting from +0; then the lanes are added in a
/// fixed tree: `l[i] + l[i + 8]`, then `+ 4`, `+ 2`, `+ 1`. So neither the vector width nor the
/// compiler nor what else is in the batch changes a bit. An output array may be an input array when
/// both start at the same offset.
interface RowKernels {
  /// Returns the largest element; NaN wins; negative infinity when `n` is 0.
  float max(float[] x, int xo, int n);

  /// Returns the smallest element; NaN wins; positive infinity when `n` is 0.
  float min(float[] x, int xo, int n);

  /// Returns the sum.
  float sum(float[] x, int xo, int n);

  /// Returns the sum of `x * y`, one fused multiply-add per element.
  float dot(float[] x, int xo, float[] y, int yo, int n);

  /// Returns the sum of `(x - mean)^2`, one fused multiply-add per element.
  float squaredDeviations(float[] x, int xo, int n, float mean);

  /// `y = exp(scale * x - shift)`, the argument rounded once.
  void exp(float[] x, int xo, float[] y, int yo, int n, float scale, float shift);

  /// `y = exp(scale * x - shift)` as above; returns the sum of `y`.
  float expSum(float[] x, int xo, float[] y, int yo, int n, float scale, float shift);

  /// `y = x * factor`.
  void scale(float[] x, int xo, float[] y, int yo, int n, float factor);

  /// `y = x - shift`.
  void subtract(float[] x, int xo, float[] y, int yo, int n, float shift);

  /// `dx = y * (dy - dot)`.
  void softmaxBackward(
      float[] y, int yo, float[] dy, int dyo, float[] dx, int dxo, int n, float dot);

  /// `dx = dy - exp(y) * sum`.
  void logSoftmaxBackward(
      float[] y, int yo, float[] dy, int dyo, float[] dx, int dxo, int n, float sum);

  /// `y = (x - mean) * rstd * weight + bias`, the last product fused.
  void normalize(
      float[] x,
      int xo,
      float[] w,
      int wo,
      float[] b,
      int bo,
      float[] y,
      int yo,
      int n,
      float mean,
      float rstd);

  /// Returns the sum of `dy * weight`.
  float weightedSum(float[] dy, int dyo, float[] w, int wo, int n);

  /// Returns the sum of `(dy * weight) * ((x - mean) * rstd)`.
  float weightedDot(
      float[] dy, int dyo, float[] w, int wo, float[] x, int xo, int n, float mean, float rstd);

  /// `dx = rstd * (dy * weight - a - xhat * b)` with `xhat = (x - mean) * rstd`.
  void normalizeBackward(
      float[] dy,
      int dyo,
      float[] w,
      int wo,
      float[] x,
      int xo,
      float[] dx,
      int dxo,
      int n,
      float mean,
      float rstd,
      float a,
      float b);

  /// `dw += dy * (x - mean) * rstd`, the last product fused, and `db += dy`.
  void accumulateNorm(
      float[] dy,
      int dyo,
      float[] x,
      int xo,
      float[] dw,
      int dwo,
      float[] db,
      int dbo,
      int n,
      float mean,
      float rstd);

  /// `y = log(x)`.
  void log(float[] x, int xo, float[] y, int yo, int n);

  /// `y = log(1 + x)`.
  void log1p(float[] x, int xo, float[] y, int yo, int n);

  /// `y = exp(x) - 1`.
  void expm1(float[] x, int xo, float[] y, int yo, int n);

  /// `y = tanh(x)`.
  void tanh(float[] x, int xo, float[] y, int yo, int n);

  /// `y = 1 / (1 + exp(-x))`.
  void sigmoid(float[] x, int xo, float[] y, int yo, int n);

  /// `y = x / (1 + exp(-x))`.
  void silu(float[] x, int xo, float[] y, int yo, int n);

  /// `y = erf(x)`.
  void erf(float[] x, int xo, float[] y, int yo, int n);

  /// `y = x * Phi(x)`, `Phi` the normal distribution function (Hendrycks, Gimpel 2016).
  void gelu(float[] x, int xo, float[] y, int yo, int n);

  /// `dx = dy * (Phi(x) + x * phi(x))`.
  void geluBackward(float[] x, int xo, float[] dy, int dyo, float[] dx, int dxo, int n);

  /// The tanh approximation of GELU, as `x * sigmoid(2u)`, `u = sqrt(2/pi) (x + 0.044715 x^3)`.
  void geluTanh(float[] x, int xo, float[] y, int yo, int n);

  /// `dx = dy *` the derivative of the tanh approximation.
  void geluTanhBackward(float[] x, int xo, float[] dy, int dyo, float[] dx, int dxo, int n);

  /// `y = x * scale` where `DropoutMask` keeps the column, +0 where it drops it, whatever `x` is.
  void dropout(float[] x, int xo, float[] y, int yo, int n, int key, int threshold, float scale);

  /// `z = 1` where the comparison `kernel(x, y)` holds, else 0.
  void compare(BinaryKernel kernel, float[] x, int xo, float[] y, int yo, byte[] z, int zo, int n);

  /// `z = kernel(x, y)`; powers and comparisons are not done here.
  void binary(BinaryKernel kernel, float[] x, int xo, float[] y, int yo, float[] z, int zo, int n);

  /// `z = kernel(x, b)`.
  void binary(BinaryKernel kernel, float[] x, int xo, float b, float[] z, int zo, int n);

  /// `z = kernel(a, y)`.
  void binary(BinaryKernel kernel, float a, float[] y, int yo, float[] z, int zo, int n);

  /// `y = kernel(x)` for `NEG`, `ABS`, `SQRT`, `RSQRT`, `RECIPROCAL`, `SQUARE`, `RELU` and `SIGN`.
  void unary(UnaryKernel kernel, float[] x, int xo, float[] y, int yo, int n);

  /// Moves `n` parameters `p` with the gradients `g` and the moments `m` and `v`: see `AdamWStep`.
  void adamW(
      float[] p,
      int po,
      float[] g,
      int go,
      float[] m,
      int mo,
      float[] v,
      int vo,
      int n,
      float scale,
      float decay,
      float beta1,
      float rest1,
      float beta2,
      float rest2,
      float step,
      float correction2,
      float eps);
}
