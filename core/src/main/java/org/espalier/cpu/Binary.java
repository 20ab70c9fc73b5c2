package org.espalier.cpu;

import java.util.Arrays;
import org.espalier.spi.BinaryKernel;
import org.espalier.spi.BoolStorage;
import org.espalier.spi.View;

/// Functions of two f32 elements of any strides.
final class Binary {
  private static final ThreadLocal<byte[]> FLAGS =
      ThreadLocal.withInitial(() -> new byte[StridedLoop.RUN]);

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
    loop.run((i, j, k, none, n) -> {
      float[] rows = sx == 1 && sy == 1 ? x : Scratch.row(2 * n);
      float[] p = sx == 1 ? x : gather(x, i, sx, rows, 0, n);
      float[] q = sy == 1 ? y : gather(y, j, sy, rows, n, n);
      int po = sx == 1 ? i : 0;
      int qo = sy == 1 ? j : n;
      if (sz == 1) {
        Rows.KERNELS.compare(kernel, p, po, q, qo, z, k, n);
      } else {
        byte[] row = FLAGS.get();
        Rows.KERNELS.compare(kernel, p, po, q, qo, row, 0, n);
        for (int e = 0; e < n; e++) {
          z[k + e * sz] = row[e];
        }
      }
    });
  }

  private static float[] gather(float[] x, int xo, int step, float[] row, int to, int n) {
    if (step == 0) {
      Arrays.fill(row, to, to + n, x[xo]);
    } else {
      for (int i = 0; i < n; i++) {
        row[to + i] = x[xo + i * step];
      }
    }
    return row;
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
