package org.espalier.cpu;

import org.espalier.spi.BinaryKernel;
import org.espalier.spi.BoolStorage;
import org.espalier.spi.View;

/// Functions of two f32 elements of any strides.
final class Binary {
  private Binary() {}

  /// `out = kernel(a, b)` for any strides, booleans for comparisons; `out` may be `a` or `b`.
  static void run(BinaryKernel kernel, View a, View b, View out) {
    if (out.storage() instanceof BoolStorage flags) {
      compare(kernel, a, b, out, flags.array());
      return;
    }
    float[] x = a.floats();
    float[] y = b.floats();
    float[] z = out.floats();
    StridedLoop loop = new StridedLoop(a.layout(), b.layout(), out.layout());
    int sx = loop.step(0);
    int sy = loop.step(1);
    int sz = loop.step(2);
    if (kernel == BinaryKernel.POW) {
      loop.run((i, j, k, none, n) -> powers(x, i, sx, y, j, sy, z, k, sz, n));
    } else if (sx == 1 && sy == 1 && sz == 1) {
      loop.run((i, j, k, none, n) -> Rows.KERNELS.binary(kernel, x, i, y, j, z, k, n));
    } else if (sx == 1 && sy == 0 && sz == 1) {
      loop.run((i, j, k, none, n) -> Rows.KERNELS.binary(kernel, x, i, y[j], z, k, n));
    } else if (sx == 0 && sy == 1 && sz == 1) {
      loop.run((i, j, k, none, n) -> Rows.KERNELS.binary(kernel, x[i], y, j, z, k, n));
    } else {
      loop.run((i, j, k, none, n) -> strided(kernel, x, i, sx, y, j, sy, z, k, sz, n));
    }
  }

  /// `out = a < b` and the like, booleans as bytes 0 and 1.
  private static void compare(BinaryKernel kernel, View a, View b, View out, byte[] z) {
    float[] x = a.floats();
    float[] y = b.floats();
    StridedLoop loop = new StridedLoop(a.layout(), b.layout(), out.layout());
    int sx = loop.step(0);
    int sy = loop.step(1);
    int sz = loop.step(2);
    switch (kernel) {
      case EQUAL ->
          loop.run((i, j, k, none, n) -> {
            for (int q = 0; q < n; q++) {
              z[k + q * sz] = (byte) (x[i + q * sx] == y[j + q * sy] ? 1 : 0);
            }
          });
      case NOT_EQUAL ->
          loop.run((i, j, k, none, n) -> {
            for (int q = 0; q < n; q++) {
              z[k + q * sz] = (byte) (x[i + q * sx] != y[j + q * sy] ? 1 : 0);
            }
          });
      case LESS ->
          loop.run((i, j, k, none, n) -> {
            for (int q = 0; q < n; q++) {
              z[k + q * sz] = (byte) (x[i + q * sx] < y[j + q * sy] ? 1 : 0);
            }
          });
      case LESS_OR_EQUAL ->
          loop.run((i, j, k, none, n) -> {
            for (int q = 0; q < n; q++) {
              z[k + q * sz] = (byte) (x[i + q * sx] <= y[j + q * sy] ? 1 : 0);
            }
          });
      case ADD, SUB, MUL, DIV, MAX, MIN, POW -> throw new IllegalStateException(kernel.name());
    }
  }

  private static void strided(
      BinaryKernel kernel,
      float[] x,
      int xo,
      int sx,
      float[] y,
      int yo,
      int sy,
      float[] z,
      int zo,
      int sz,
      int n) {
    for (int i = 0; i < n; i++) {
      float a = x[xo + i * sx];
      float b = y[yo + i * sy];
      z[zo + i * sz] =
          switch (kernel) {
            case ADD -> a + b;
            case SUB -> a - b;
            case MUL -> a * b;
            case DIV -> a / b;
            case MAX -> Math.max(a, b);
            case MIN -> Math.min(a, b);
            case POW, EQUAL, NOT_EQUAL, LESS, LESS_OR_EQUAL ->
                throw new IllegalStateException(kernel.name());
          };
    }
  }

  private static void powers(
      float[] x, int xo, int sx, float[] y, int yo, int sy, float[] z, int zo, int sz, int n) {
    for (int i = 0; i < n; i++) {
      z[zo + i * sz] = DoubleMath.pow(x[xo + i * sx], y[yo + i * sy]);
    }
  }
}
