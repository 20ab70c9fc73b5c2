package org.espalier.cpu;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.VectorOperators.EQ;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.NE;
import static org.espalier.cpu.Lanes.F;
import static org.espalier.cpu.Lanes.W;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import org.espalier.spi.BinaryKernel;
import org.espalier.spi.UnaryKernel;

/// Elementwise arithmetic on vectors. C2 makes vectors of most such loops by itself, but not of
/// those with a maximum, a quotient or a root (JDK 25: 10 to 40 times slower), nor of AdamW.
final class VectorElements {
  private static final int ONE_BITS = Float.floatToRawIntBits(1);

  private VectorElements() {}

  /// `z = kernel(x, y)`.
  static void rows(
      BinaryKernel kernel, float[] x, int xo, float[] y, int yo, float[] z, int zo, int n) {
    int full = n - n % W;
    switch (kernel) {
      case ADD -> {
        for (int i = 0; i < full; i += W) {
          fromArray(F, x, xo + i).add(fromArray(F, y, yo + i)).intoArray(z, zo + i);
        }
      }
      case SUB -> {
        for (int i = 0; i < full; i += W) {
          fromArray(F, x, xo + i).sub(fromArray(F, y, yo + i)).intoArray(z, zo + i);
        }
      }
      case MUL -> {
        for (int i = 0; i < full; i += W) {
          fromArray(F, x, xo + i).mul(fromArray(F, y, yo + i)).intoArray(z, zo + i);
        }
      }
      case DIV -> {
        for (int i = 0; i < full; i += W) {
          fromArray(F, x, xo + i).div(fromArray(F, y, yo + i)).intoArray(z, zo + i);
        }
      }
      case MAX -> {
        for (int i = 0; i < full; i += W) {
          fromArray(F, x, xo + i).max(fromArray(F, y, yo + i)).intoArray(z, zo + i);
        }
      }
      case MIN -> {
        for (int i = 0; i < full; i += W) {
          fromArray(F, x, xo + i).min(fromArray(F, y, yo + i)).intoArray(z, zo + i);
        }
      }
      case POW, EQUAL, NOT_EQUAL, LESS, LESS_OR_EQUAL ->
          throw new IllegalStateException(kernel.name());
    }
    ScalarElements.rows(kernel, x, xo + full, y, yo + full, z, zo + full, n - full);
  }

  /// `z = kernel(x, b)`.
  static void rowScalar(BinaryKernel kernel, float[] x, int xo, float b, float[] z, int zo, int n) {
    int full = n - n % W;
    FloatVector v = broadcast(F, b);
    switch (kernel) {
      case ADD -> {
        for (int i = 0; i < full; i += W) {
          fromArray(F, x, xo + i).add(v).intoArray(z, zo + i);
        }
      }
      case SUB -> {
        for (int i = 0; i < full; i += W) {
          fromArray(F, x, xo + i).sub(v).intoArray(z, zo + i);
        }
      }
      case MUL -> {
        for (int i = 0; i < full; i += W) {
          fromArray(F, x, xo + i).mul(v).intoArray(z, zo + i);
        }
      }
      case DIV -> {
        for (int i = 0; i < full; i += W) {
          fromArray(F, x, xo + i).div(v).intoArray(z, zo + i);
        }
      }
      case MAX -> {
        for (int i = 0; i < full; i += W) {
          fromArray(F, x, xo + i).max(v).intoArray(z, zo + i);
        }
      }
      case MIN -> {
        for (int i = 0; i < full; i += W) {
          fromArray(F, x, xo + i).min(v).intoArray(z, zo + i);
        }
      }
      case POW, EQUAL, NOT_EQUAL, LESS, LESS_OR_EQUAL ->
          throw new IllegalStateException(kernel.name());
    }
    ScalarElements.rowScalar(kernel, x, xo + full, b, z, zo + full, n - full);
  }

  /// `z = kernel(a, y)`.
  static void scalarRow(BinaryKernel kernel, float a, float[] y, int yo, float[] z, int zo, int n) {
    int full = n - n % W;
    FloatVector v = broadcast(F, a);
    switch (kernel) {
      case ADD -> {
        for (int i = 0; i < full; i += W) {
          v.add(fromArray(F, y, yo + i)).intoArray(z, zo + i);
        }
      }
      case SUB -> {
        for (int i = 0; i < full; i += W) {
          v.sub(fromArray(F, y, yo + i)).intoArray(z, zo + i);
        }
      }
      case MUL -> {
        for (int i = 0; i < full; i += W) {
          v.mul(fromArray(F, y, yo + i)).intoArray(z, zo + i);
        }
      }
      case DIV -> {
        for (int i = 0; i < full; i += W) {
          v.div(fromArray(F, y, yo + i)).intoArray(z, zo + i);
        }
      }
      case MAX -> {
        for (int i = 0; i < full; i += W) {
          v.max(fromArray(F, y, yo + i)).intoArray(z, zo + i);
        }
      }
      case MIN -> {
        for (int i = 0; i < full; i += W) {
          v.min(fromArray(F, y, yo + i)).intoArray(z, zo + i);
        }
      }
      case POW, EQUAL, NOT_EQUAL, LESS, LESS_OR_EQUAL ->
          throw new IllegalStateException(kernel.name());
    }
    ScalarElements.scalarRow(kernel, a, y, yo + full, z, zo + full, n - full);
  }

  /// `z = 1` where the comparison holds, else 0; without branches, which random operands would make
  /// slow.
  static void compare(
      BinaryKernel kernel, float[] x, int xo, float[] y, int yo, byte[] z, int zo, int n) {
    int full = n - n % W;
    switch (kernel) {
      case EQUAL -> {
        for (int i = 0; i < full; i += W) {
          long bits = fromArray(F, x, xo + i).compare(EQ, fromArray(F, y, yo + i)).toLong();
          for (int lane = 0; lane < W; lane++) {
            z[zo + i + lane] = (byte) (bits >>> lane & 1);
          }
        }
      }
      case NOT_EQUAL -> {
        for (int i = 0; i < full; i += W) {
          long bits = fromArray(F, x, xo + i).compare(NE, fromArray(F, y, yo + i)).toLong();
          for (int lane = 0; lane < W; lane++) {
            z[zo + i + lane] = (byte) (bits >>> lane & 1);
          }
        }
      }
      case LESS -> {
        for (int i = 0; i < full; i += W) {
          long bits = fromArray(F, x, xo + i).compare(LT, fromArray(F, y, yo + i)).toLong();
          for (int lane = 0; lane < W; lane++) {
            z[zo + i + lane] = (byte) (bits >>> lane & 1);
          }
        }
      }
      case LESS_OR_EQUAL -> {
        for (int i = 0; i < full; i += W) {
          long bits = fromArray(F, x, xo + i).compare(LE, fromArray(F, y, yo + i)).toLong();
          for (int lane = 0; lane < W; lane++) {
            z[zo + i + lane] = (byte) (bits >>> lane & 1);
          }
        }
      }
      case ADD, SUB, MUL, DIV, MAX, MIN, POW -> throw new IllegalStateException(kernel.name());
    }
    ScalarElements.compare(kernel, x, xo + full, y, yo + full, z, zo + full, n - full);
  }

  /// `y = kernel(x)` for the algebraic kernels.
  static void unary(UnaryKernel kernel, float[] x, int xo, float[] y, int yo, int n) {
    int full = n - n % W;
    switch (kernel) {
      case NEG -> {
        for (int i = 0; i < full; i += W) {
          FloatVector a = fromArray(F, x, xo + i);
          a.neg().intoArray(y, yo + i);
        }
      }
      case ABS -> {
        for (int i = 0; i < full; i += W) {
          FloatVector a = fromArray(F, x, xo + i);
          a.abs().intoArray(y, yo + i);
        }
      }
      case SQRT -> {
        for (int i = 0; i < full; i += W) {
          FloatVector a = fromArray(F, x, xo + i);
          a.sqrt().intoArray(y, yo + i);
        }
      }
      case RSQRT -> {
        for (int i = 0; i < full; i += W) {
          FloatVector a = fromArray(F, x, xo + i);
          broadcast(F, 1f).div(a.sqrt()).intoArray(y, yo + i);
        }
      }
      case RECIPROCAL -> {
        for (int i = 0; i < full; i += W) {
          FloatVector a = fromArray(F, x, xo + i);
          broadcast(F, 1f).div(a).intoArray(y, yo + i);
        }
      }
      case SQUARE -> {
        for (int i = 0; i < full; i += W) {
          FloatVector a = fromArray(F, x, xo + i);
          a.mul(a).intoArray(y, yo + i);
        }
      }
      case SIGN -> { // zeros and NaN stay
        for (int i = 0; i < full; i += W) {
          FloatVector a = fromArray(F, x, xo + i);
          IntVector one = a.reinterpretAsInts().and(Integer.MIN_VALUE).or(ONE_BITS);
          a.blend(one.reinterpretAsFloats(), a.abs().compare(GT, 0f)).intoArray(y, yo + i);
        }
      }
      case RELU -> {
        for (int i = 0; i < full; i += W) {
          FloatVector a = fromArray(F, x, xo + i);
          a.max(0f).intoArray(y, yo + i);
        }
      }
      case EXP, LOG, TANH, SIGMOID, ERF, LOG1P, EXPM1, SIN, COS, SILU, FLOOR, CEIL, ROUND ->
          throw new IllegalStateException(kernel.name());
    }
    ScalarElements.unary(kernel, x, xo + full, y, yo + full, n - full);
  }

  /// Moves `n` parameters `p` with the gradients `g` and the moments `m` and `v`: see `AdamWStep`.
  static void adamW(
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
    int full = n - n % W;
    for (int i = 0; i < full; i += W) {
      FloatVector gradient = fromArray(F, g, go + i).mul(scale);
      FloatVector first = fromArray(F, m, mo + i).fma(broadcast(F, beta1), gradient.mul(rest1));
      FloatVector second =
          fromArray(F, v, vo + i).fma(broadcast(F, beta2), gradient.mul(gradient).mul(rest2));
      FloatVector root = second.mul(correction2).sqrt().add(eps);
      first.intoArray(m, mo + i);
      second.intoArray(v, vo + i);
      FloatVector move = first.mul(-step).div(root);
      fromArray(F, p, po + i).fma(broadcast(F, decay), move).intoArray(p, po + i);
    }
    ScalarElements.adamW(
        p,
        po + full,
        g,
        go + full,
        m,
        mo + full,
        v,
        vo + full,
        n - full,
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
