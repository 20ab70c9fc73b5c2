package org.espalier.cpu;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.VectorOperators.GT;
import static org.espalier.cpu.Lanes.CHUNK;
import static org.espalier.cpu.Lanes.F;
import static org.espalier.cpu.Lanes.W;
import static org.espalier.cpu.ScalarMath.G0;
import static org.espalier.cpu.ScalarMath.G1;
import static org.espalier.cpu.ScalarMath.G1_TIMES_3;
import static org.espalier.cpu.ScalarMath.INV_SQRT_2PI;
import static org.espalier.cpu.ScalarMath.PHI_END;
import static org.espalier.cpu.ScalarMath.Q0;
import static org.espalier.cpu.ScalarMath.Q1;
import static org.espalier.cpu.ScalarMath.Q2;
import static org.espalier.cpu.ScalarMath.Q3;
import static org.espalier.cpu.ScalarMath.Q4;
import static org.espalier.cpu.ScalarMath.Q5;
import static org.espalier.cpu.ScalarMath.Q6;
import static org.espalier.cpu.ScalarMath.Q7;
import static org.espalier.cpu.ScalarMath.Q8;
import static org.espalier.cpu.ScalarMath.TAIL;

import jdk.incubator.vector.FloatVector;

/// GELU and its slope, as in `ScalarMath`, operation by operation the same, so the bits are equal.
final class VectorGelu {
  private VectorGelu() {}

  /// `e = exp(-x^2 / 2)`, the square of `|x|` up to 16.
  private static void bell(float[] x, int xo, float[] e, int n) {
    int i = 0;
    for (; i + W <= n; i += W) {
      FloatVector a = fromArray(F, x, xo + i).abs();
      a = a.blend(PHI_END, a.compare(GT, PHI_END));
      a.mul(a).mul(-0.5f).intoArray(e, i);
    }
    for (; i < n; i++) {
      float a = Math.min(Math.abs(x[xo + i]), PHI_END);
      e[i] = a * a * -0.5f;
    }
    VectorExp.exp(e, 0, e, 0, n, 1, 0);
  }

  /// `y = x Phi(x)`.
  static void gelu(float[] x, int xo, float[] y, int yo, int n) {
    float[] e = Lanes.chunk();
    for (int from = 0; from < n; from += CHUNK) {
      int length = Math.min(CHUNK, n - from);
      bell(x, xo + from, e, length);
      gelu(x, xo + from, e, y, yo + from, length);
    }
  }

  private static void gelu(float[] x, int xo, float[] e, float[] y, int yo, int n) {
    int i = 0;
    for (; i + W <= n; i += W) {
      FloatVector v = fromArray(F, x, xo + i);
      FloatVector a = v.abs();
      a = a.blend(PHI_END, a.compare(GT, PHI_END));
      FloatVector g = fromArray(F, e, i);
      g = g.fma(a.fma(a, a.mul(a).neg()).mul(-0.5f), g);
      FloatVector t = broadcast(F, 1f).div(a.fma(TAIL, 1f));
      FloatVector q = t.fma(Q8, Q7);
      q = q.fma(t, broadcast(F, Q6));
      q = q.fma(t, broadcast(F, Q5));
      q = q.fma(t, broadcast(F, Q4));
      q = q.fma(t, broadcast(F, Q3));
      q = q.fma(t, broadcast(F, Q2));
      q = q.fma(t, broadcast(F, Q1));
      q = q.fma(t, broadcast(F, Q0)).mul(t).mul(g);
      q = broadcast(F, 1f).sub(q).blend(q, v.lt(0f));
      q.mul(v).intoArray(y, yo + i);
    }
    for (; i < n; i++) {
      y[yo + i] = ScalarMath.gelu(x[xo + i]);
    }
  }

  /// `dx = dy * (Phi(x) + x phi(x))`.
  static void geluBackward(float[] x, int xo, float[] dy, int dyo, float[] dx, int dxo, int n) {
    float[] e = Lanes.chunk();
    for (int from = 0; from < n; from += CHUNK) {
      int length = Math.min(CHUNK, n - from);
      bell(x, xo + from, e, length);
      geluBackward(x, xo + from, e, dy, dyo + from, dx, dxo + from, length);
    }
  }

  private static void geluBackward(
      float[] x, int xo, float[] e, float[] dy, int dyo, float[] dx, int dxo, int n) {
    int i = 0;
    for (; i + W <= n; i += W) {
      FloatVector v = fromArray(F, x, xo + i);
      FloatVector a = v.abs();
      a = a.blend(PHI_END, a.compare(GT, PHI_END));
      FloatVector g = fromArray(F, e, i);
      g = g.fma(a.fma(a, a.mul(a).neg()).mul(-0.5f), g);
      FloatVector t = broadcast(F, 1f).div(a.fma(TAIL, 1f));
      FloatVector q = t.fma(Q8, Q7);
      q = q.fma(t, broadcast(F, Q6));
      q = q.fma(t, broadcast(F, Q5));
      q = q.fma(t, broadcast(F, Q4));
      q = q.fma(t, broadcast(F, Q3));
      q = q.fma(t, broadcast(F, Q2));
      q = q.fma(t, broadcast(F, Q1));
      q = q.fma(t, broadcast(F, Q0)).mul(t).mul(g);
      q = broadcast(F, 1f).sub(q).blend(q, v.lt(0f));
      q = v.mul(INV_SQRT_2PI).fma(g, q);
      fromArray(F, dy, dyo + i).mul(q).intoArray(dx, dxo + i);
    }
    for (; i < n; i++) {
      dx[dxo + i] = dy[dyo + i] * ScalarMath.geluSlope(x[xo + i]);
    }
  }

  /// `e = exp(-2u)`.
  private static void twiceU(float[] x, int xo, float[] e, int n) {
    int i = 0;
    for (; i + W <= n; i += W) {
      FloatVector a = fromArray(F, x, xo + i);
      a.mul(a).fma(G1, G0).mul(a).intoArray(e, i);
    }
    for (; i < n; i++) {
      float a = x[xo + i];
      e[i] = Math.fma(a * a, G1, G0) * a;
    }
    VectorExp.exp(e, 0, e, 0, n, 1, 0);
  }

  /// `y = x / (1 + exp(-2u))`.
  static void geluTanh(float[] x, int xo, float[] y, int yo, int n) {
    float[] e = Lanes.chunk();
    for (int from = 0; from < n; from += CHUNK) {
      int length = Math.min(CHUNK, n - from);
      int in = xo + from;
      int out = yo + from;
      twiceU(x, in, e, length);
      int i = 0;
      for (; i + W <= length; i += W) {
        FloatVector one = fromArray(F, e, i).add(1f);
        fromArray(F, x, in + i).div(one).intoArray(y, out + i);
      }
      for (; i < length; i++) {
        y[out + i] = x[in + i] / (e[i] + 1);
      }
    }
  }

  /// `dx = dy *` the slope of the tanh form.
  static void geluTanhBackward(float[] x, int xo, float[] dy, int dyo, float[] dx, int dxo, int n) {
    float[] e = Lanes.chunk();
    for (int from = 0; from < n; from += CHUNK) {
      int length = Math.min(CHUNK, n - from);
      twiceU(x, xo + from, e, length);
      geluTanhBackward(x, xo + from, e, dy, dyo + from, dx, dxo + from, length);
    }
  }

  private static void geluTanhBackward(
      float[] x, int xo, float[] e, float[] dy, int dyo, float[] dx, int dxo, int n) {
    int i = 0;
    for (; i + W <= n; i += W) {
      FloatVector v = fromArray(F, x, xo + i);
      FloatVector g = fromArray(F, e, i);
      FloatVector s = broadcast(F, 1f).div(g.add(1f));
      FloatVector rest = s.mul(s).mul(g);
      FloatVector product = v.mul(v).fma(G1_TIMES_3, G0).mul(v.neg()).mul(rest);
      FloatVector slope = s.blend(s.add(product), rest.compare(GT, 0f));
      fromArray(F, dy, dyo + i).mul(slope).intoArray(dx, dxo + i);
    }
    for (; i < n; i++) {
      dx[dxo + i] = dy[dyo + i] * ScalarMath.geluTanhSlope(x[xo + i]);
    }
  }
}
