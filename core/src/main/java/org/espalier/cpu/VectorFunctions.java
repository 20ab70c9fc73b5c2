package org.espalier.cpu;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static org.espalier.cpu.Lanes.CHUNK;
import static org.espalier.cpu.Lanes.F;
import static org.espalier.cpu.Lanes.W;
import static org.espalier.cpu.ScalarMath.E0;
import static org.espalier.cpu.ScalarMath.E1;
import static org.espalier.cpu.ScalarMath.E2;
import static org.espalier.cpu.ScalarMath.E3;
import static org.espalier.cpu.ScalarMath.E4;
import static org.espalier.cpu.ScalarMath.E5;
import static org.espalier.cpu.ScalarMath.ERF_SMALL;
import static org.espalier.cpu.ScalarMath.EXPM1_MIN;
import static org.espalier.cpu.ScalarMath.EXP_MAX;
import static org.espalier.cpu.ScalarMath.HALF_BITS;
import static org.espalier.cpu.ScalarMath.L0;
import static org.espalier.cpu.ScalarMath.L1;
import static org.espalier.cpu.ScalarMath.L2;
import static org.espalier.cpu.ScalarMath.L3;
import static org.espalier.cpu.ScalarMath.L4;
import static org.espalier.cpu.ScalarMath.L5;
import static org.espalier.cpu.ScalarMath.L6;
import static org.espalier.cpu.ScalarMath.L7;
import static org.espalier.cpu.ScalarMath.L8;
import static org.espalier.cpu.ScalarMath.LN2_HIGH;
import static org.espalier.cpu.ScalarMath.LN2_LOW;
import static org.espalier.cpu.ScalarMath.LOG2_E;
import static org.espalier.cpu.ScalarMath.LOG2_HIGH;
import static org.espalier.cpu.ScalarMath.LOG2_LOW;
import static org.espalier.cpu.ScalarMath.Q0;
import static org.espalier.cpu.ScalarMath.Q1;
import static org.espalier.cpu.ScalarMath.Q2;
import static org.espalier.cpu.ScalarMath.Q3;
import static org.espalier.cpu.ScalarMath.Q4;
import static org.espalier.cpu.ScalarMath.Q5;
import static org.espalier.cpu.ScalarMath.Q6;
import static org.espalier.cpu.ScalarMath.Q7;
import static org.espalier.cpu.ScalarMath.Q8;
import static org.espalier.cpu.ScalarMath.R0;
import static org.espalier.cpu.ScalarMath.R1;
import static org.espalier.cpu.ScalarMath.R2;
import static org.espalier.cpu.ScalarMath.R3;
import static org.espalier.cpu.ScalarMath.R4;
import static org.espalier.cpu.ScalarMath.R5;
import static org.espalier.cpu.ScalarMath.ROUND;
import static org.espalier.cpu.ScalarMath.ROUND_BITS;
import static org.espalier.cpu.ScalarMath.SILU_TAIL;
import static org.espalier.cpu.ScalarMath.SQRT_HALF_BITS;
import static org.espalier.cpu.ScalarMath.T0;
import static org.espalier.cpu.ScalarMath.T1;
import static org.espalier.cpu.ScalarMath.T2;
import static org.espalier.cpu.ScalarMath.T3;
import static org.espalier.cpu.ScalarMath.T4;
import static org.espalier.cpu.ScalarMath.TAIL_ERF;
import static org.espalier.cpu.ScalarMath.TANH_SMALL;
import static org.espalier.cpu.ScalarMath.TWO_23;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;

/// The functions of `ScalarMath` on runs of floats, operation by operation the same, so the bits
/// are equal.
final class VectorFunctions {
  private VectorFunctions() {}

  /// `y = log(x)`.
  static void log(float[] x, int xo, float[] y, int yo, int n) {
    int i = 0;
    for (; i + W <= n; i += W) {
      FloatVector a = fromArray(F, x, xo + i);
      VectorMask<Float> tiny = a.lt(Float.MIN_NORMAL);
      IntVector bits = a.blend(a.mul(TWO_23), tiny).reinterpretAsInts();
      IntVector e = bits.sub(SQRT_HALF_BITS).lanewise(ASHR, 23);
      FloatVector f = bits.sub(e.lanewise(LSHL, 23)).reinterpretAsFloats().sub(1f);
      FloatVector bias = broadcast(F, ROUND).blend(ROUND + 23, tiny);
      FloatVector k = e.add(ROUND_BITS).reinterpretAsFloats().sub(bias);
      FloatVector z = f.mul(f);
      FloatVector p = f.fma(L8, L7);
      p = p.fma(f, broadcast(F, L6));
      p = p.fma(f, broadcast(F, L5));
      p = p.fma(f, broadcast(F, L4));
      p = p.fma(f, broadcast(F, L3));
      p = p.fma(f, broadcast(F, L2));
      p = p.fma(f, broadcast(F, L1));
      p = p.fma(f, broadcast(F, L0)).mul(f).mul(z);
      p = z.fma(broadcast(F, -0.5f), k.fma(broadcast(F, LOG2_LOW), p)).add(f);
      p = k.fma(broadcast(F, LOG2_HIGH), p);
      p = p.blend(Float.NEGATIVE_INFINITY, a.eq(0f)).blend(Float.NaN, a.lt(0f));
      a.blend(p, a.lt(Float.POSITIVE_INFINITY)).intoArray(y, yo + i);
    }
    for (; i < n; i++) {
      y[yo + i] = ScalarMath.log(x[xo + i]);
    }
  }

  /// `y = log(1 + x)`.
  static void log1p(float[] x, int xo, float[] y, int yo, int n) {
    float[] e = Lanes.chunk();
    for (int from = 0; from < n; from += CHUNK) {
      int length = Math.min(CHUNK, n - from);
      int in = xo + from;
      int i = 0;
      for (; i + W <= length; i += W) {
        fromArray(F, x, in + i).add(1f).intoArray(e, i);
      }
      for (; i < length; i++) {
        e[i] = x[in + i] + 1;
      }
      log(e, 0, e, 0, length);
      log1p(x, in, e, y, yo + from, length);
    }
  }

  private static void log1p(float[] x, int xo, float[] e, float[] y, int yo, int n) {
    int i = 0;
    for (; i + W <= n; i += W) {
      FloatVector a = fromArray(F, x, xo + i);
      FloatVector u = a.add(1f);
      FloatVector plain = fromArray(F, e, i);
      FloatVector p = plain.sub(u.sub(1f).sub(a).div(u));
      p = plain.blend(p, u.compare(GT, 0f).and(a.lt(Float.POSITIVE_INFINITY)));
      p.blend(a, a.eq(0f)).intoArray(y, yo + i);
    }
    for (; i < n; i++) {
      y[yo + i] = ScalarMath.log1p(x[xo + i]);
    }
  }

  /// `y = exp(x) - 1`.
  static void expm1(float[] x, int xo, float[] y, int yo, int n) {
    int i = 0;
    for (; i + W <= n; i += W) {
      FloatVector v = fromArray(F, x, xo + i);
      FloatVector a = v.max(EXPM1_MIN);
      FloatVector t = a.fma(LOG2_E, ROUND);
      FloatVector k = t.sub(ROUND);
      FloatVector r = k.fma(broadcast(F, LN2_LOW), k.fma(broadcast(F, LN2_HIGH), a));
      FloatVector p = r.fma(E5, E4);
      p = p.fma(r, broadcast(F, E3));
      p = p.fma(r, broadcast(F, E2));
      p = p.fma(r, broadcast(F, E1));
      p = p.fma(r, broadcast(F, E0));
      p = p.fma(r.mul(r), r);
      FloatVector half =
          t.reinterpretAsInts().lanewise(LSHL, 23).add(HALF_BITS).reinterpretAsFloats();
      p = half.fma(p, half.sub(0.5f)).mul(2f);
      p = v.add(Float.POSITIVE_INFINITY).blend(p, v.compare(LE, EXP_MAX));
      p.blend(v, v.eq(0f)).intoArray(y, yo + i);
    }
    for (; i < n; i++) {
      y[yo + i] = ScalarMath.expm1(x[xo + i]);
    }
  }

  /// `y = 1 / (1 + exp(-x))`.
  static void sigmoid(float[] x, int xo, float[] y, int yo, int n) {
    for (int from = 0; from < n; from += CHUNK) {
      int length = Math.min(CHUNK, n - from);
      int at = yo + from;
      VectorExp.exp(x, xo + from, y, at, length, -1, 0);
      int i = 0;
      for (; i + W <= length; i += W) {
        broadcast(F, 1f).div(fromArray(F, y, at + i).add(1f)).intoArray(y, at + i);
      }
      for (; i < length; i++) {
        y[at + i] = 1 / (y[at + i] + 1);
      }
    }
  }

  /// `y = x / (1 + exp(-x))`.
  static void silu(float[] x, int xo, float[] y, int yo, int n) {
    float[] e = Lanes.chunk();
    for (int from = 0; from < n; from += CHUNK) {
      int length = Math.min(CHUNK, n - from);
      VectorExp.exp(x, xo + from, e, 0, length, -1, 0);
      silu(x, xo + from, e, y, yo + from, length);
    }
  }

  private static void silu(float[] x, int xo, float[] e, float[] y, int yo, int n) {
    int i = 0;
    for (; i + W <= n; i += W) {
      FloatVector a = fromArray(F, x, xo + i);
      if (a.lt(SILU_TAIL).anyTrue()) {
        for (int lane = 0; lane < W; lane++) {
          y[yo + i + lane] = ScalarMath.silu(x[xo + i + lane]);
        }
      } else {
        a.div(fromArray(F, e, i).add(1f)).intoArray(y, yo + i);
      }
    }
    for (; i < n; i++) {
      y[yo + i] = ScalarMath.silu(x[xo + i]);
    }
  }

  /// `dx = dy - exp(y) * sum`.
  static void logSoftmaxBackward(
      float[] y, int yo, float[] dy, int dyo, float[] dx, int dxo, int n, float sum) {
    float[] e = Lanes.chunk();
    for (int from = 0; from < n; from += CHUNK) {
      int length = Math.min(CHUNK, n - from);
      VectorExp.exp(y, yo + from, e, 0, length, 1, 0);
      int in = dyo + from;
      int out = dxo + from;
      int i = 0;
      for (; i + W <= length; i += W) {
        FloatVector g = fromArray(F, dy, in + i);
        fromArray(F, e, i).fma(broadcast(F, -sum), g).intoArray(dx, out + i);
      }
      for (; i < length; i++) {
        dx[out + i] = Math.fma(e[i], -sum, dy[in + i]);
      }
    }
  }

  /// `y = tanh(x)`.
  static void tanh(float[] x, int xo, float[] y, int yo, int n) {
    float[] e = Lanes.chunk();
    for (int from = 0; from < n; from += CHUNK) {
      int length = Math.min(CHUNK, n - from);
      int in = xo + from;
      int i = 0;
      for (; i + W <= length; i += W) {
        fromArray(F, x, in + i).abs().mul(2f).intoArray(e, i);
      }
      for (; i < length; i++) {
        e[i] = Math.abs(x[in + i]) * 2;
      }
      VectorExp.exp(e, 0, e, 0, length, 1, 0);
      tanh(x, in, e, y, yo + from, length);
    }
  }

  private static void tanh(float[] x, int xo, float[] e, float[] y, int yo, int n) {
    int i = 0;
    for (; i + W <= n; i += W) {
      FloatVector v = fromArray(F, x, xo + i);
      FloatVector a = v.abs();
      FloatVector large = fromArray(F, e, i).add(1f);
      large = broadcast(F, 1f).sub(broadcast(F, 2f).div(large));
      FloatVector z = a.mul(a);
      FloatVector p = z.fma(T4, T3);
      p = p.fma(z, broadcast(F, T2));
      p = p.fma(z, broadcast(F, T1));
      p = p.fma(z, broadcast(F, T0));
      p = large.blend(p.mul(z).fma(a, a), a.lt(TANH_SMALL));
      IntVector sign = v.reinterpretAsInts().and(Integer.MIN_VALUE);
      p.reinterpretAsInts().or(sign).reinterpretAsFloats().intoArray(y, yo + i);
    }
    for (; i < n; i++) {
      y[yo + i] = ScalarMath.tanh(x[xo + i]);
    }
  }

  /// `y = erf(x)`.
  static void erf(float[] x, int xo, float[] y, int yo, int n) {
    float[] e = Lanes.chunk();
    for (int from = 0; from < n; from += CHUNK) {
      int length = Math.min(CHUNK, n - from);
      int in = xo + from;
      int i = 0;
      for (; i + W <= length; i += W) {
        FloatVector a = fromArray(F, x, in + i);
        a.mul(a).neg().intoArray(e, i);
      }
      for (; i < length; i++) {
        e[i] = -(x[in + i] * x[in + i]);
      }
      VectorExp.exp(e, 0, e, 0, length, 1, 0);
      erf(x, in, e, y, yo + from, length);
    }
  }

  private static void erf(float[] x, int xo, float[] e, float[] y, int yo, int n) {
    int i = 0;
    for (; i + W <= n; i += W) {
      FloatVector v = fromArray(F, x, xo + i);
      FloatVector a = v.abs();
      FloatVector t = broadcast(F, 1f).div(a.fma(TAIL_ERF, 1f));
      FloatVector q = t.fma(Q8, Q7);
      q = q.fma(t, broadcast(F, Q6));
      q = q.fma(t, broadcast(F, Q5));
      q = q.fma(t, broadcast(F, Q4));
      q = q.fma(t, broadcast(F, Q3));
      q = q.fma(t, broadcast(F, Q2));
      q = q.fma(t, broadcast(F, Q1));
      q = q.fma(t, broadcast(F, Q0)).mul(t);
      q = q.fma(fromArray(F, e, i).mul(-2f), broadcast(F, 1f));
      FloatVector z = a.mul(a);
      FloatVector p = z.fma(R5, R4);
      p = p.fma(z, broadcast(F, R3));
      p = p.fma(z, broadcast(F, R2));
      p = p.fma(z, broadcast(F, R1));
      p = p.fma(z, broadcast(F, R0)).mul(a);
      p = q.blend(p, a.lt(ERF_SMALL));
      IntVector sign = v.reinterpretAsInts().and(Integer.MIN_VALUE);
      p.reinterpretAsInts().or(sign).reinterpretAsFloats().intoArray(y, yo + i);
    }
    for (; i < n; i++) {
      y[yo + i] = ScalarMath.erf(x[xo + i]);
    }
  }
}
