package org.espalier.cpu;

import org.espalier.spi.BinaryKernel;
import org.espalier.spi.UnaryKernel;

/// Elementwise arithmetic as plain loops, with the same bits as `VectorElements`.
final class ScalarElements {
  private ScalarElements() {}

  /// `z = kernel(x, y)`.
  static void rows(
      BinaryKernel kernel, float[] x, int xo, float[] y, int yo, float[] z, int zo, int n) {
    switch (kernel) {
      case ADD -> {
        for (int i = 0; i < n; i++) {
          z[zo + i] = x[xo + i] + y[yo + i];
        }
      }
      case SUB -> {
        for (int i = 0; i < n; i++) {
          z[zo + i] = x[xo + i] - y[yo + i];
        }
      }
      case MUL -> {
        for (int i = 0; i < n; i++) {
          z[zo + i] = x[xo + i] * y[yo + i];
        }
      }
      case DIV -> {
        for (int i = 0; i < n; i++) {
          z[zo + i] = x[xo + i] / y[yo + i];
        }
      }
      case MAX -> {
        for (int i = 0; i < n; i++) {
          z[zo + i] = Math.max(x[xo + i], y[yo + i]);
        }
      }
      case MIN -> {
        for (int i = 0; i < n; i++) {
          z[zo + i] = Math.min(x[xo + i], y[yo + i]);
        }
      }
      case POW, EQUAL, NOT_EQUAL, LESS, LESS_OR_EQUAL ->
          throw new IllegalStateException(kernel.name());
    }
  }

  /// `z = kernel(x, b)`.
  static void rowScalar(BinaryKernel kernel, float[] x, int xo, float b, float[] z, int zo, int n) {
    switch (kernel) {
      case ADD -> {
        for (int i = 0; i < n; i++) {
          z[zo + i] = x[xo + i] + b;
        }
      }
      case SUB -> {
        for (int i = 0; i < n; i++) {
          z[zo + i] = x[xo + i] - b;
        }
      }
      case MUL -> {
        for (int i = 0; i < n; i++) {
          z[zo + i] = x[xo + i] * b;
        }
      }
      case DIV -> {
        for (int i = 0; i < n; i++) {
          z[zo + i] = x[xo + i] / b;
        }
      }
      case MAX -> {
        for (int i = 0; i < n; i++) {
          z[zo + i] = Math.max(x[xo + i], b);
        }
      }
      case MIN -> {
        for (int i = 0; i < n; i++) {
          z[zo + i] = Math.min(x[xo + i], b);
        }
      }
      case POW, EQUAL, NOT_EQUAL, LESS, LESS_OR_EQUAL ->
          throw new IllegalStateException(kernel.name());
    }
  }

  /// `z = kernel(a, y)`.
  static void scalarRow(BinaryKernel kernel, float a, float[] y, int yo, float[] z, int zo, int n) {
    switch (kernel) {
      case ADD -> {
        for (int i = 0; i < n; i++) {
          z[zo + i] = a + y[yo + i];
        }
      }
      case SUB -> {
        for (int i = 0; i < n; i++) {
          z[zo + i] = a - y[yo + i];
        }
      }
      case MUL -> {
        for (int i = 0; i < n; i++) {
          z[zo + i] = a * y[yo + i];
        }
      }
      case DIV -> {
        for (int i = 0; i < n; i++) {
          z[zo + i] = a / y[yo + i];
        }
      }
      case MAX -> {
        for (int i = 0; i < n; i++) {
          z[zo + i] = Math.max(a, y[yo + i]);
        }
      }
      case MIN -> {
        for (int i = 0; i < n; i++) {
          z[zo + i] = Math.min(a, y[yo + i]);
        }
      }
      case POW, EQUAL, NOT_EQUAL, LESS, LESS_OR_EQUAL ->
          throw new IllegalStateException(kernel.name());
    }
  }

  /// `z = 1` where the comparison holds, else 0.
  static void compare(
      BinaryKernel kernel, float[] x, int xo, float[] y, int yo, byte[] z, int zo, int n) {
    switch (kernel) {
      case EQUAL -> {
        for (int i = 0; i < n; i++) {
          z[zo + i] = (byte) (x[xo + i] == y[yo + i] ? 1 : 0);
        }
      }
      case NOT_EQUAL -> {
        for (int i = 0; i < n; i++) {
          z[zo + i] = (byte) (x[xo + i] != y[yo + i] ? 1 : 0);
        }
      }
      case LESS -> {
        for (int i = 0; i < n; i++) {
          z[zo + i] = (byte) (x[xo + i] < y[yo + i] ? 1 : 0);
        }
      }
      case LESS_OR_EQUAL -> {
        for (int i = 0; i < n; i++) {
          z[zo + i] = (byte) (x[xo + i] <= y[yo + i] ? 1 : 0);
        }
      }
      case ADD, SUB, MUL, DIV, MAX, MIN, POW -> throw new IllegalStateException(kernel.name());
    }
  }

  /// `y = kernel(x)` for the algebraic kernels.
  static void unary(UnaryKernel kernel, float[] x, int xo, float[] y, int yo, int n) {
    switch (kernel) {
      case NEG -> {
        for (int i = 0; i < n; i++) {
          y[yo + i] = -x[xo + i];
        }
      }
      case ABS -> {
        for (int i = 0; i < n; i++) {
          y[yo + i] = Math.abs(x[xo + i]);
        }
      }
      case SQRT -> {
        for (int i = 0; i < n; i++) {
          y[yo + i] = (float) Math.sqrt(x[xo + i]);
        }
      }
      case RSQRT -> {
        for (int i = 0; i < n; i++) {
          y[yo + i] = 1 / (float) Math.sqrt(x[xo + i]);
        }
      }
      case RECIPROCAL -> {
        for (int i = 0; i < n; i++) {
          y[yo + i] = 1 / x[xo + i];
        }
      }
      case SQUARE -> {
        for (int i = 0; i < n; i++) {
          y[yo + i] = x[xo + i] * x[xo + i];
        }
      }
      case SIGN -> {
        for (int i = 0; i < n; i++) {
          y[yo + i] = Math.signum(x[xo + i]);
        }
      }
      case RELU -> {
        for (int i = 0; i < n; i++) {
          y[yo + i] = Math.max(x[xo + i], 0f);
        }
      }
      case EXP, LOG, TANH, SIGMOID, ERF, LOG1P, EXPM1, SIN, COS, SILU, FLOOR, CEIL, ROUND ->
          throw new IllegalStateException(kernel.name());
    }
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
    for (int i = 0; i < n; i++) {
      float gradient = g[go + i] * scale;
      float first = Math.fma(m[mo + i], beta1, gradient * rest1);
      float second = Math.fma(v[vo + i], beta2, gradient * gradient * rest2);
      float root = (float) Math.sqrt(second * correction2) + eps;
      m[mo + i] = first;
      v[vo + i] = second;
      p[po + i] = Math.fma(p[po + i], decay, first * -step / root);
    }
  }
}
