package org.espalier.cpu;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static org.espalier.cpu.Lanes.F;
import static org.espalier.cpu.Lanes.W;

import jdk.incubator.vector.FloatVector;
import org.espalier.spi.BinaryKernel;
import org.espalier.spi.UnaryKernel;

/// The row kernels on vectors of the chosen width.
///
/// Sums keep four named accumulators, of which a width uses one, two or four (see `Lanes`), and
/// finish on 16 floats in memory: the tail's elements are added to their lanes there, then the
/// tree.
///
/// No method of ours takes or returns a vector. C2 may refuse to inline it (cold when profiled,
/// compiled before, or after 18,000 nodes, which is some 50 vector operations), and then its
/// vectors are boxed for good. So what several kernels share, they share through arrays: see
/// `VectorExp`.
final class VectorRows implements RowKernels {
  /// Below it a row fills no half vector; and rows of a few classes come a few times in a step, so
  /// that vectors would stay objects of the interpreter for a hundred steps.
  private static final int FEW = 8;

  @Override
  public float max(float[] x, int xo, int n) {
    if (n < W) {
      return ScalarRows.largest(x, xo, n);
    }
    FloatVector a0 =
        fromArray(F, x, xo + n - W); // the tail; no order changes a maximum, so it may overlap
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector a3 = a0;
    int i = 0;
    for (; i + 4 * W <= n; i += 4 * W) {
      a0 = a0.max(fromArray(F, x, xo + i));
      a1 = a1.max(fromArray(F, x, xo + i + W));
      a2 = a2.max(fromArray(F, x, xo + i + 2 * W));
      a3 = a3.max(fromArray(F, x, xo + i + 3 * W));
    }
    for (; i + W <= n; i += W) {
      a0 = a0.max(fromArray(F, x, xo + i));
    }
    FloatVector a = a0.max(a1).max(a2.max(a3));
    FloatVector b = W == 16 ? a.max(a.rearrange(Lanes.BY_8)) : a;
    FloatVector c = W >= 8 ? b.max(b.rearrange(Lanes.BY_4)) : b;
    FloatVector d = c.max(c.rearrange(Lanes.BY_2));
    return d.max(d.rearrange(Lanes.BY_1)).lane(0);
  }

  @Override
  public float min(float[] x, int xo, int n) {
    if (n < W) {
      return ScalarRows.smallest(x, xo, n);
    }
    FloatVector a0 = fromArray(F, x, xo + n - W).neg(); // min x = -max(-x)
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector a3 = a0;
    int i = 0;
    for (; i + 4 * W <= n; i += 4 * W) {
      a0 = a0.max(fromArray(F, x, xo + i).neg());
      a1 = a1.max(fromArray(F, x, xo + i + W).neg());
      a2 = a2.max(fromArray(F, x, xo + i + 2 * W).neg());
      a3 = a3.max(fromArray(F, x, xo + i + 3 * W).neg());
    }
    for (; i + W <= n; i += W) {
      a0 = a0.max(fromArray(F, x, xo + i).neg());
    }
    FloatVector a = a0.max(a1).max(a2.max(a3));
    FloatVector b = W == 16 ? a.max(a.rearrange(Lanes.BY_8)) : a;
    FloatVector c = W >= 8 ? b.max(b.rearrange(Lanes.BY_4)) : b;
    FloatVector d = c.max(c.rearrange(Lanes.BY_2));
    return -d.max(d.rearrange(Lanes.BY_1)).lane(0);
  }

  @Override
  public float sum(float[] x, int xo, int n) {
    FloatVector a0 = FloatVector.zero(F);
    FloatVector a1 = FloatVector.zero(F);
    FloatVector a2 = FloatVector.zero(F);
    FloatVector a3 = FloatVector.zero(F);
    int i = 0;
    for (; i + 16 <= n; i += 16) {
      a0 = a0.add(fromArray(F, x, xo + i));
      if (W <= 8) {
        a1 = a1.add(fromArray(F, x, xo + i + W));
      }
      if (W == 4) {
        a2 = a2.add(fromArray(F, x, xo + i + 2 * W));
        a3 = a3.add(fromArray(F, x, xo + i + 3 * W));
      }
    }
    float[] lanes = Lanes.memory();
    a0.intoArray(lanes, 0);
    if (W <= 8) {
      a1.intoArray(lanes, W);
    }
    if (W == 4) {
      a2.intoArray(lanes, 2 * W);
      a3.intoArray(lanes, 3 * W);
    }
    for (int j = 0; i < n; i++, j++) {
      lanes[j] += x[xo + i];
    }
    return Lanes.sum(lanes);
  }

  @Override
  public float dot(float[] x, int xo, float[] y, int yo, int n) {
    FloatVector a0 = FloatVector.zero(F);
    FloatVector a1 = FloatVector.zero(F);
    FloatVector a2 = FloatVector.zero(F);
    FloatVector a3 = FloatVector.zero(F);
    int i = 0;
    for (; i + 16 <= n; i += 16) {
      a0 = fromArray(F, x, xo + i).fma(fromArray(F, y, yo + i), a0);
      if (W <= 8) {
        a1 = fromArray(F, x, xo + i + W).fma(fromArray(F, y, yo + i + W), a1);
      }
      if (W == 4) {
        a2 = fromArray(F, x, xo + i + 2 * W).fma(fromArray(F, y, yo + i + 2 * W), a2);
        a3 = fromArray(F, x, xo + i + 3 * W).fma(fromArray(F, y, yo + i + 3 * W), a3);
      }
    }
    float[] lanes = Lanes.memory();
    a0.intoArray(lanes, 0);
    if (W <= 8) {
      a1.intoArray(lanes, W);
    }
    if (W == 4) {
      a2.intoArray(lanes, 2 * W);
      a3.intoArray(lanes, 3 * W);
    }
    for (int j = 0; i < n; i++, j++) {
      lanes[j] = Math.fma(x[xo + i], y[yo + i], lanes[j]);
    }
    return Lanes.sum(lanes);
  }

  @Override
  public float squaredDeviations(float[] x, int xo, int n, float mean) {
    FloatVector a0 = FloatVector.zero(F);
    FloatVector a1 = FloatVector.zero(F);
    FloatVector a2 = FloatVector.zero(F);
    FloatVector a3 = FloatVector.zero(F);
    int i = 0;
    for (; i + 16 <= n; i += 16) {
      FloatVector e0 = fromArray(F, x, xo + i).sub(mean);
      a0 = e0.fma(e0, a0);
      if (W <= 8) {
        FloatVector e1 = fromArray(F, x, xo + i + W).sub(mean);
        a1 = e1.fma(e1, a1);
      }
      if (W == 4) {
        FloatVector e2 = fromArray(F, x, xo + i + 2 * W).sub(mean);
        a2 = e2.fma(e2, a2);
        FloatVector e3 = fromArray(F, x, xo + i + 3 * W).sub(mean);
        a3 = e3.fma(e3, a3);
      }
    }
    float[] lanes = Lanes.memory();
    a0.intoArray(lanes, 0);
    if (W <= 8) {
      a1.intoArray(lanes, W);
    }
    if (W == 4) {
      a2.intoArray(lanes, 2 * W);
      a3.intoArray(lanes, 3 * W);
    }
    for (int j = 0; i < n; i++, j++) {
      float e = x[xo + i] - mean;
      lanes[j] = Math.fma(e, e, lanes[j]);
    }
    return Lanes.sum(lanes);
  }

  @Override
  public float expSum(float[] x, int xo, float[] y, int yo, int n, float scale, float shift) {
    exp(x, xo, y, yo, n, scale, shift);
    return sum(y, yo, n);
  }

  @Override
  public float weightedSum(float[] dy, int dyo, float[] w, int wo, int n) {
    FloatVector a0 = FloatVector.zero(F);
    FloatVector a1 = FloatVector.zero(F);
    FloatVector a2 = FloatVector.zero(F);
    FloatVector a3 = FloatVector.zero(F);
    int i = 0;
    for (; i + 16 <= n; i += 16) {
      a0 = a0.add(fromArray(F, dy, dyo + i).mul(fromArray(F, w, wo + i)));
      if (W <= 8) {
        a1 = a1.add(fromArray(F, dy, dyo + i + W).mul(fromArray(F, w, wo + i + W)));
      }
      if (W == 4) {
        a2 = a2.add(fromArray(F, dy, dyo + i + 2 * W).mul(fromArray(F, w, wo + i + 2 * W)));
        a3 = a3.add(fromArray(F, dy, dyo + i + 3 * W).mul(fromArray(F, w, wo + i + 3 * W)));
      }
    }
    float[] lanes = Lanes.memory();
    a0.intoArray(lanes, 0);
    if (W <= 8) {
      a1.intoArray(lanes, W);
    }
    if (W == 4) {
      a2.intoArray(lanes, 2 * W);
      a3.intoArray(lanes, 3 * W);
    }
    for (int j = 0; i < n; i++, j++) {
      lanes[j] += dy[dyo + i] * w[wo + i];
    }
    return Lanes.sum(lanes);
  }

  @Override
  public float weightedDot(
      float[] dy, int dyo, float[] w, int wo, float[] x, int xo, int n, float mean, float rstd) {
    FloatVector a0 = FloatVector.zero(F);
    FloatVector a1 = FloatVector.zero(F);
    FloatVector a2 = FloatVector.zero(F);
    FloatVector a3 = FloatVector.zero(F);
    int i = 0;
    for (; i + 16 <= n; i += 16) {
      FloatVector e0 = fromArray(F, x, xo + i).sub(mean).mul(rstd);
      a0 = fromArray(F, dy, dyo + i).mul(fromArray(F, w, wo + i)).fma(e0, a0);
      if (W <= 8) {
        FloatVector e1 = fromArray(F, x, xo + i + W).sub(mean).mul(rstd);
        a1 = fromArray(F, dy, dyo + i + W).mul(fromArray(F, w, wo + i + W)).fma(e1, a1);
      }
      if (W == 4) {
        FloatVector e2 = fromArray(F, x, xo + i + 2 * W).sub(mean).mul(rstd);
        a2 = fromArray(F, dy, dyo + i + 2 * W).mul(fromArray(F, w, wo + i + 2 * W)).fma(e2, a2);
        FloatVector e3 = fromArray(F, x, xo + i + 3 * W).sub(mean).mul(rstd);
        a3 = fromArray(F, dy, dyo + i + 3 * W).mul(fromArray(F, w, wo + i + 3 * W)).fma(e3, a3);
      }
    }
    float[] lanes = Lanes.memory();
    a0.intoArray(lanes, 0);
    if (W <= 8) {
      a1.intoArray(lanes, W);
    }
    if (W == 4) {
      a2.intoArray(lanes, 2 * W);
      a3.intoArray(lanes, 3 * W);
    }
    for (int j = 0; i < n; i++, j++) {
      float e = (x[xo + i] - mean) * rstd;
      lanes[j] = Math.fma(dy[dyo + i] * w[wo + i], e, lanes[j]);
    }
    return Lanes.sum(lanes);
  }

  @Override
  public void exp(float[] x, int xo, float[] y, int yo, int n, float scale, float shift) {
    if (n < FEW) {
      for (int i = 0; i < n; i++) {
        y[yo + i] = ScalarMath.exp(Math.fma(x[xo + i], scale, -shift));
      }
    } else {
      VectorExp.exp(x, xo, y, yo, n, scale, shift);
    }
  }

  @Override
  public void scale(float[] x, int xo, float[] y, int yo, int n, float factor) {
    int i = 0;
    for (; i + W <= n; i += W) {
      fromArray(F, x, xo + i).mul(factor).intoArray(y, yo + i);
    }
    for (; i < n; i++) {
      y[yo + i] = x[xo + i] * factor;
    }
  }

  @Override
  public void subtract(float[] x, int xo, float[] y, int yo, int n, float shift) {
    int i = 0;
    for (; i + W <= n; i += W) {
      fromArray(F, x, xo + i).sub(shift).intoArray(y, yo + i);
    }
    for (; i < n; i++) {
      y[yo + i] = x[xo + i] - shift;
    }
  }

  @Override
  public void softmaxBackward(
      float[] y, int yo, float[] dy, int dyo, float[] dx, int dxo, int n, float dot) {
    int i = 0;
    for (; i + W <= n; i += W) {
      fromArray(F, y, yo + i).mul(fromArray(F, dy, dyo + i).sub(dot)).intoArray(dx, dxo + i);
    }
    for (; i < n; i++) {
      dx[dxo + i] = y[yo + i] * (dy[dyo + i] - dot);
    }
  }

  @Override
  public void logSoftmaxBackward(
      float[] y, int yo, float[] dy, int dyo, float[] dx, int dxo, int n, float sum) {
    VectorFunctions.logSoftmaxBackward(y, yo, dy, dyo, dx, dxo, n, sum);
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
    int i = 0;
    for (; i + W <= n; i += W) {
      FloatVector xhat = fromArray(F, x, xo + i).sub(mean).mul(rstd);
      xhat.fma(fromArray(F, w, wo + i), fromArray(F, b, bo + i)).intoArray(y, yo + i);
    }
    for (; i < n; i++) {
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
    int i = 0;
    for (; i + W <= n; i += W) {
      FloatVector xhat = fromArray(F, x, xo + i).sub(mean).mul(rstd);
      FloatVector e = fromArray(F, dy, dyo + i).mul(fromArray(F, w, wo + i)).sub(a);
      xhat.fma(broadcast(F, -b), e).mul(rstd).intoArray(dx, dxo + i);
    }
    for (; i < n; i++) {
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
    int i = 0;
    for (; i + W <= n; i += W) {
      FloatVector g = fromArray(F, dy, dyo + i);
      FloatVector xhat = fromArray(F, x, xo + i).sub(mean).mul(rstd);
      g.fma(xhat, fromArray(F, dw, dwo + i)).intoArray(dw, dwo + i);
      fromArray(F, db, dbo + i).add(g).intoArray(db, dbo + i);
    }
    for (; i < n; i++) {
      float g = dy[dyo + i];
      dw[dwo + i] = Math.fma(g, (x[xo + i] - mean) * rstd, dw[dwo + i]);
      db[dbo + i] += g;
    }
  }

  @Override
  public void log(float[] x, int xo, float[] y, int yo, int n) {
    VectorFunctions.log(x, xo, y, yo, n);
  }

  @Override
  public void log1p(float[] x, int xo, float[] y, int yo, int n) {
    VectorFunctions.log1p(x, xo, y, yo, n);
  }

  @Override
  public void expm1(float[] x, int xo, float[] y, int yo, int n) {
    VectorFunctions.expm1(x, xo, y, yo, n);
  }

  @Override
  public void compare(
      BinaryKernel kernel, float[] x, int xo, float[] y, int yo, byte[] z, int zo, int n) {
    VectorElements.compare(kernel, x, xo, y, yo, z, zo, n);
  }

  @Override
  public void tanh(float[] x, int xo, float[] y, int yo, int n) {
    VectorFunctions.tanh(x, xo, y, yo, n);
  }

  @Override
  public void sigmoid(float[] x, int xo, float[] y, int yo, int n) {
    VectorFunctions.sigmoid(x, xo, y, yo, n);
  }

  @Override
  public void silu(float[] x, int xo, float[] y, int yo, int n) {
    VectorFunctions.silu(x, xo, y, yo, n);
  }

  @Override
  public void erf(float[] x, int xo, float[] y, int yo, int n) {
    VectorFunctions.erf(x, xo, y, yo, n);
  }

  @Override
  public void gelu(float[] x, int xo, float[] y, int yo, int n) {
    VectorGelu.gelu(x, xo, y, yo, n);
  }

  @Override
  public void geluTanh(float[] x, int xo, float[] y, int yo, int n) {
    VectorGelu.geluTanh(x, xo, y, yo, n);
  }

  @Override
  public void geluBackward(float[] x, int xo, float[] dy, int dyo, float[] dx, int dxo, int n) {
    VectorGelu.geluBackward(x, xo, dy, dyo, dx, dxo, n);
  }

  @Override
  public void geluTanhBackward(float[] x, int xo, float[] dy, int dyo, float[] dx, int dxo, int n) {
    VectorGelu.geluTanhBackward(x, xo, dy, dyo, dx, dxo, n);
  }

  @Override
  public void dropout(
      float[] x, int xo, float[] y, int yo, int n, int key, int threshold, float scale) {
    VectorDropout.dropout(x, xo, y, yo, n, key, threshold, scale);
  }

  @Override
  public void binary(
      BinaryKernel kernel, float[] x, int xo, float[] y, int yo, float[] z, int zo, int n) {
    VectorElements.rows(kernel, x, xo, y, yo, z, zo, n);
  }

  @Override
  public void binary(BinaryKernel kernel, float[] x, int xo, float b, float[] z, int zo, int n) {
    VectorElements.rowScalar(kernel, x, xo, b, z, zo, n);
  }

  @Override
  public void binary(BinaryKernel kernel, float a, float[] y, int yo, float[] z, int zo, int n) {
    VectorElements.scalarRow(kernel, a, y, yo, z, zo, n);
  }

  @Override
  public void unary(UnaryKernel kernel, float[] x, int xo, float[] y, int yo, int n) {
    VectorElements.unary(kernel, x, xo, y, yo, n);
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
    VectorElements.adamW(
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
