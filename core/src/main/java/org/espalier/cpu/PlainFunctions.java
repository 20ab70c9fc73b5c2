package org.espalier.cpu;

import org.espalier.spi.UnaryKernel;

/// Functions of one float that are plain loops at every vector width: roundings, which C2 turns
/// into vectors itself, and those of `DoubleMath`.
final class PlainFunctions {
  private PlainFunctions() {}

  /// `y = kernel(x)` for `SIN`, `COS`, `FLOOR`, `CEIL` and `ROUND`.
  static void unary(UnaryKernel kernel, float[] x, int xo, float[] y, int yo, int n) {
    switch (kernel) {
      case SIN -> {
        for (int i = 0; i < n; i++) {
          y[yo + i] = DoubleMath.sin(x[xo + i]);
        }
      }
      case COS -> {
        for (int i = 0; i < n; i++) {
          y[yo + i] = DoubleMath.cos(x[xo + i]);
        }
      }
      case FLOOR -> {
        for (int i = 0; i < n; i++) {
          y[yo + i] = (float) Math.floor(x[xo + i]);
        }
      }
      case CEIL -> {
        for (int i = 0; i < n; i++) {
          y[yo + i] = (float) Math.ceil(x[xo + i]);
        }
      }
      case ROUND -> {
        for (int i = 0; i < n; i++) {
          y[yo + i] = (float) Math.rint(x[xo + i]);
        }
      }
      case NEG,
          ABS,
          EXP,
          LOG,
          SQRT,
          RSQRT,
          RECIPROCAL,
          SQUARE,
          TANH,
          SIGMOID,
          RELU,
          ERF,
          LOG1P,
          EXPM1,
          SILU,
          SIGN ->
          throw new IllegalStateException(kernel.name());
    }
  }
}
