package org.espalier.cpu;

import org.espalier.random.DropoutMask;
import org.espalier.spi.BinaryKernel;
import org.espalier.spi.UnaryKernel;

/// The row kernels as plain loops, with the same bits as `VectorRows`.
///
/// A sum goes quarter by quarter: the lanes `q`, `q + 4`, `q + 8`, `q + 12` in four locals, added
/// as the tree adds them, so that no array of lanes is allocated.
final class ScalarRows implements RowKernels {
  static float largest(float[] x, int xo, int n) {
    float max = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < n; i++) {
      max = Math.max(max, x[xo + i]);
    }
    return max;
  }

  static float smallest(float[] x, int xo, int n) {
    float min = Float.POSITIVE_INFINITY;
    for (int i = 0; i < n; i++) {
      min = Math.min(min, x[xo + i]);
    }
    return min;
  }

  @Override
  public float max(float[] x, int xo, int n) {
    return largest(x, xo, n);
  }

  @Override
  public float min(float[] x, int xo, int n) {
    return smallest(x, xo, n);
  }

  @Override
  public float sum(float[] x, int xo, int n) {
    float even = sumQuarter(x, xo, n, 0) + sumQuarter(x, xo, n, 2);
    return even + (sumQuarter(x, xo, n, 1) + sumQuarter(x, xo, n, 3));
  }

  private static float sumQuarter(float[] x, int xo, int n, int q) {
    float a = 0;
    float b = 0;
    float c = 0;
    float d = 0;
    int i = q;
    for (; i + 12 < n; i += 16) {
      a += x[xo + i];
      b += x[xo + i + 4];
      c += x[xo + i + 8];
      d += x[xo + i + 12];
    }
    if (i < n) {
      a += x[xo + i];
    }
    if (i + 4 < n) {
      b += x[xo + i + 4];
    }
    if (i + 8 < n) {
      c += x[xo + i + 8];
    }
    return (a + c) + (b + d);
  }

  @Override
  public float dot(float[] x, int xo, float[] y, int yo, int n) {
    float even = dotQuarter(x, xo, y, yo, n, 0) + dotQuarter(x, xo, y, yo, n, 2);
    return even + (dotQuarter(x, xo, y, yo, n, 1) + dotQuarter(x, xo, y, yo, n, 3));
  }

  private static float dotQuarter(float[] x, int xo, float[] y, int yo, int n, int q) {
    float a = 0;
    float b = 0;
    float c = 0;
    float d = 0;
    int i = q;
    for (; i + 12 < n; i += 16) {
      a = Math.fma(x[xo + i], y[yo + i], a);
      b = Math.fma(x[xo + i + 4], y[yo + i + 4], b);
      c = Math.fma(x[xo + i + 8], y[yo + i + 8], c);
      d = Math.fma(x[xo + i + 12], y[yo + i + 12], d);
    }
    if (i < n) {
      a = Math.fma(x[xo + i], y[yo + i], a);
    }
    if (i + 4 < n) {
      b = Math.fma(x[xo + i + 4], y[yo + i + 4], b);
    }
    if (i + 8 < n) {
      c = Math.fma(x[xo + i + 8], y[yo + i + 8], c);
    }
    return (a + c) + (b + d);
  }

  @Override
  public float squaredDeviations(float[] x, int xo, int n, float mean) {
    float even =
        squaredDeviationsQuarter(x, xo, n, mean, 0) + squaredDeviationsQuarter(x, xo, n, mean, 2);
    return even
        + (squaredDeviationsQuarter(x, xo, n, mean, 1)
            + squaredDeviationsQuarter(x, xo, n, mean, 3));
  }

  private static float squaredDeviationsQuarter(float[] x, int xo, int n, float mean, int q) {
    float a = 0;
    float b = 0;
    float c = 0;
    float d = 0;
    int i = q;
    for (; i + 12 < n; i += 16) {
      a = Math.fma(x[xo + i] - mean, x[xo + i] - mean, a);
      b = Math.fma(x[xo + i + 4] - mean, x[xo + i + 4] - mean, b);
      c = Math.fma(x[xo + i + 8] - mean, x[xo + i + 8] - mean, c);
      d = Math.fma(x[xo + i + 12] - mean, x[xo + i + 12] - mean, d);
    }
    if (i < n) {
      a = Math.fma(x[xo + i] - mean, x[xo + i] - mean, a);
    }
    if (i + 4 < n) {
      b = Math.fma(x[xo + i + 4] - mean, x[xo + i + 4] - mean, b);
    }
    if (i + 8 < n) {
      c = Math.fma(x[xo + i + 8] - mean, x[xo + i + 8] - mean, c);
    }
    return (a + c) + (b + d);
  }

  @Override
  public float expSum(float[] x, int xo, float[] y, int yo, int n, float scale, float shift) {
    exp(x, xo, y, yo, n, scale, shift);
    return sum(y, yo, n);
  }

  @Override
  public float weightedSum(float[] dy, int dyo, float[] w, int wo, int n) {
    float even =
        weightedSumQuarter(dy, dyo, w, wo, n, 0) + weightedSumQuarter(dy, dyo, w, wo, n, 2);
    return even
        + (weightedSumQuarter(dy, dyo, w, wo, n, 1) + weightedSumQuarter(dy, dyo, w, wo, n, 3));
  }

  private static float weightedSumQuarter(float[] dy, int dyo, float[] w, int wo, int n, int q) {
    float a = 0;
    float b = 0;
    float c = 0;
    float d = 0;
    int i = q;
    for (; i + 12 < n; i += 16) {
      a += dy[dyo + i] * w[wo + i];
      b += dy[dyo + i + 4] * w[wo + i + 4];
      c += dy[dyo + i + 8] * w[wo + i + 8];
      d += dy[dyo + i + 12] * w[wo + i + 12];
    }
    if (i < n) {
      a += dy[dyo + i] * w[wo + i];
    }
    if (i + 4 < n) {
      b += dy[dyo + i + 4] * w[wo + i + 4];
    }
    if (i + 8 < n) {
      c += dy[dyo + i + 8] * w[wo + i + 8];
    }
    return (a + c) + (b + d);
  }

  @Override
  public float weightedDot(
      float[] dy, int dyo, float[] w, int wo, float[] x, int xo, int n, float mean, float rstd) {
    float even =
        weightedDotQuarter(dy, dyo, w, wo, x, xo, n, mean, rstd, 0)
            + weightedDotQuarter(dy, dyo, w, wo, x, xo, n, mean, rstd, 2);
    return even
        + (weightedDotQuarter(dy, dyo, w, wo, x, xo, n, mean, rstd, 1)
            + weightedDotQuarter(dy, dyo, w, wo, x, xo, n, mean, rstd, 3));
  }

  private static float weightedDotQuarter(
      float[] dy,
      int dyo,
      float[] w,
      int wo,
      float[] x,
      int xo,
      int n,
      float mean,
      float rstd,
      int q) {
    float a = 0;
    float b = 0;
    float c = 0;
    float d = 0;
    int i = q;
    for (; i + 12 < n; i += 16) {
      a = Math.fma(dy[dyo + i] * w[wo + i], (x[xo + i] - mean) * rstd, a);
      b = Math.fma(dy[dyo + i + 4] * w[wo + i + 4], (x[xo + i + 4] - mean) * rstd, b);
      c = Math.fma(dy[dyo + i + 8] * w[wo + i + 8], (x[xo + i + 8] - mean) * rstd, c);
      d = Math.fma(dy[dyo + i + 12] * w[wo + i + 12], (x[xo + i + 12] - mean) * rstd, d);
    }
    if (i < n) {
      a = Math.fma(dy[dyo + i] * w[wo + i], (x[xo + i] - mean) * rstd, a);
    }
    if (i + 4 < n) {
      b = Math.fma(dy[dyo + i + 4] * w[wo + i + 4], (x[xo + i + 4] - mean) * rstd, b);
    }
    if (i + 8 < n) {
      c = Math.fma(dy[dyo + i + 8] * w[wo + i + 8], (x[xo + i + 8] - mean) * rstd, c);
    }
    return (a + c) + (b + d);
  }

  @Override
  public void exp(float[] x, int xo, float[] y, int yo, int n, float scale, float shift) {
    for (int i = 0; i < n; i++) {
      y[yo + i] = ScalarMath.exp(Math.fma(x[xo + i], scale, -shift));
    }
  }

  @Override
  public void scale(float[] x, int xo, float[] y, int yo, int n, float factor) {
    for (int i = 0; i < n; i++) {
      y[yo + i] = x[xo + i] * factor;
    }
  }

  @Override
  public void subtract(float[] x, int xo, float[] y, int yo, int n, float shift) {
    for (int i = 0; i < n; i++) {
      y[yo + i] = x[xo + i] - shift;
    }
  }

  @Override
  public void softmaxBackward(
      float[] y, int yo, float[] dy, int dyo, float[] dx, int dxo, int n, float dot) {
    for (int i = 0; i < n; i++) {
      dx[dxo + i] = y[yo + i] * (dy[dyo + i] - dot);
    }
  }

  @Override
  public void logSoftmaxBackward(
      float[] y, int yo, float[] dy, int dyo, float[] dx, int dxo, int n, float sum) {
    for (int i = 0; i < n; i++) {
      dx[dxo + i] = Math.fma(ScalarMath.exp(y[yo + i]), -sum, dy[dyo + i]);
    }
  }

  @Override
  public void normalize(
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
      float rstd) {
    for (int i = 0; i < n; i++) {
      y[yo + i] = Math.fma((x[xo + i] - mean) * rstd, w[wo + i], b[bo + i]);
    }
  }

  @Override
  public void normalizeBackward(
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
      float b) {
    for (int i = 0; i < n; i++) {
      float xhat = (x[xo + i] - mean) * rstd;
      dx[dxo + i] = Math.fma(xhat, -b, dy[dyo + i] * w[wo + i] - a) * rstd;
    }
  }

  @Override
  public void accumulateNorm(
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
      float rstd) {
    for (int i = 0; i < n; i++) {
      float g = dy[dyo + i];
      dw[dwo + i] = Math.fma(g, (x[xo + i] - mean) * rstd, dw[dwo + i]);
      db[dbo + i] += g;
    }
  }

  @Override
  public void log(float[] x, int xo, float[] y, int yo, int n) {
    for (int i = 0; i < n; i++) {
      y[yo + i] = ScalarMath.log(x[xo + i]);
    }
  }

  @Override
  public void log1p(float[] x, int xo, float[] y, int yo, int n) {
    for (int i = 0; i < n; i++) {
      y[yo + i] = ScalarMath.log1p(x[xo + i]);
    }
  }

  @Override
  public void expm1(float[] x, int xo, float[] y, int yo, int n) {
    for (int i = 0; i < n; i++) {
      y[yo + i] = ScalarMath.expm1(x[xo + i]);
    }
  }

  @Override
  public void compare(
      BinaryKernel kernel, float[] x, int xo, float[] y, int yo, byte[] z, int zo, int n) {
    ScalarElements.compare(kernel, x, xo, y, yo, z, zo, n);
  }

  @Override
  public void tanh(float[] x, int xo, float[] y, int yo, int n) {
    for (int i = 0; i < n; i++) {
      y[yo + i] = ScalarMath.tanh(x[xo + i]);
    }
  }

  @Override
  public void sigmoid(float[] x, int xo, float[] y, int yo, int n) {
    for (int i = 0; i < n; i++) {
      y[yo + i] = ScalarMath.sigmoid(x[xo + i]);
    }
  }

  @Override
  public void silu(float[] x, int xo, float[] y, int yo, int n) {
    for (int i = 0; i < n; i++) {
      y[yo + i] = ScalarMath.silu(x[xo + i]);
    }
  }

  @Override
  public void erf(float[] x, int xo, float[] y, int yo, int n) {
    for (int i = 0; i < n; i++) {
      y[yo + i] = ScalarMath.erf(x[xo + i]);
    }
  }

  @Override
  public void gelu(float[] x, int xo, float[] y, int yo, int n) {
    for (int i = 0; i < n; i++) {
      y[yo + i] = ScalarMath.gelu(x[xo + i]);
    }
  }

  @Override
  public void geluTanh(float[] x, int xo, float[] y, int yo, int n) {
    for (int i = 0; i < n; i++) {
      y[yo + i] = ScalarMath.geluTanh(x[xo + i]);
    }
  }

  @Override
  public void geluBackward(float[] x, int xo, float[] dy, int dyo, float[] dx, int dxo, int n) {
    for (int i = 0; i < n; i++) {
      dx[dxo + i] = dy[dyo + i] * ScalarMath.geluSlope(x[xo + i]);
    }
  }

  @Override
  public void geluTanhBackward(float[] x, int xo, float[] dy, int dyo, float[] dx, int dxo, int n) {
    for (int i = 0; i < n; i++) {
      dx[dxo + i] = dy[dyo + i] * ScalarMath.geluTanhSlope(x[xo + i]);
    }
  }

  @Override
  public void dropout(
      float[] x, int xo, float[] y, int yo, int n, int key, int threshold, float scale) {
    for (int i = 0; i < n; i++) {
      y[yo + i] = DropoutMask.dropped(key, i, threshold) ? 0 : x[xo + i] * scale;
    }
  }

  @Override
  public void binary(
      BinaryKernel kernel, float[] x, int xo, float[] y, int yo, float[] z, int zo, int n) {
    ScalarElements.rows(kernel, x, xo, y, yo, z, zo, n);
  }

  @Override
  public void binary(BinaryKernel kernel, float[] x, int xo, float b, float[] z, int zo, int n) {
    ScalarElements.rowScalar(kernel, x, xo, b, z, zo, n);
  }

  @Override
  public void binary(BinaryKernel kernel, float a, float[] y, int yo, float[] z, int zo, int n) {
    ScalarElements.scalarRow(kernel, a, y, yo, z, zo, n);
  }

  @Override
  public void unary(UnaryKernel kernel, float[] x, int xo, float[] y, int yo, int n) {
    ScalarElements.unary(kernel, x, xo, y, yo, n);
  }

  @Override
  public void adamW(
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
      float eps) {
    ScalarElements.adamW(
        p,
        po,
        g,
        go,
        m,
        mo,
        v,
        vo,
        n,
        scale,
        decay,
        beta1,
        rest1,
        beta2,
        rest2,
        step,
        correction2,
        eps);
  }
}
