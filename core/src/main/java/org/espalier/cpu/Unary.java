package org.espalier.cpu;

import org.espalier.spi.UnaryKernel;
import org.espalier.spi.View;

/// Functions of one f32 element.
final class Unary {
  private Unary() {}

  /// `out = kernel(x)` for any strides; `out` may be `x`.
  static void run(UnaryKernel kernel, View in, View out) {
    float[] x = in.floats();
    float[] y = out.floats();
    StridedLoop loop = new StridedLoop(in.layout(), out.layout());
    int sx = loop.step(0);
    int sy = loop.step(1);
    if (sx == 1 && sy == 1) {
      loop.run((i, j, c, d, n) -> row(kernel, x, i, y, j, n));
    } else {
      loop.run((i, j, c, d, n) -> {
        float[] row = Scratch.row(n);
        for (int q = 0; q < n; q++) {
          row[q] = x[i + q * sx];
        }
        row(kernel, row, 0, row, 0, n);
        for (int q = 0; q < n; q++) {
          y[j + q * sy] = row[q];
        }
      });
    }
  }

  private static void row(UnaryKernel kernel, float[] x, int xo, float[] y, int yo, int n) {
    switch (kernel) {
      case NEG, ABS, SQRT, RSQRT, RECIPROCAL, SQUARE, RELU, SIGN ->
          Rows.KERNELS.unary(kernel, x, xo, y, yo, n);
      case EXP -> Rows.KERNELS.exp(x, xo, y, yo, n, 1, 0);
      case LOG -> Rows.KERNELS.log(x, xo, y, yo, n);
      case TANH -> Rows.KERNELS.tanh(x, xo, y, yo, n);
      case SIGMOID -> Rows.KERNELS.sigmoid(x, xo, y, yo, n);
      case ERF -> Rows.KERNELS.erf(x, xo, y, yo, n);
      case SILU -> Rows.KERNELS.silu(x, xo, y, yo, n);
      case LOG1P -> Rows.KERNELS.log1p(x, xo, y, yo, n);
      case EXPM1 -> Rows.KERNELS.expm1(x, xo, y, yo, n);
      case SIN, COS, FLOOR, CEIL, ROUND -> PlainFunctions.unary(kernel, x, xo, y, yo, n);
    }
  }
}
