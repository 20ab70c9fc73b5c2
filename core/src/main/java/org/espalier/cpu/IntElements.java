package org.espalier.cpu;

import java.util.Arrays;
import org.espalier.TensorException;
import org.espalier.spi.BinaryKernel;
import org.espalier.spi.BoolStorage;
import org.espalier.spi.IntStorage;
import org.espalier.spi.UnaryKernel;
import org.espalier.spi.View;

/// Functions of I32 elements of any strides; results wrap around.
///
/// Each function is one loop over adjacent elements, which C2 turns into vectors; elements that lie
/// otherwise are gathered into memory of the thread first.
final class IntElements {
  private static final ThreadLocal<int[][]> ROWS =
      ThreadLocal.withInitial(() -> new int[3][StridedLoop.RUN]);

  private IntElements() {}

  private static int[] array(View view) {
    if (view.storage() instanceof IntStorage s) {
      return s.array();
    }
    throw new TensorException("expected I32 on the heap, found " + view.dtype());
  }

  /// `out = kernel(x)`; `out` may be `x`.
  static void unary(UnaryKernel kernel, View in, View out) {
    int[] x = array(in);
    int[] y = array(out);
    StridedLoop loop = new StridedLoop(in.layout(), out.layout());
    int sx = loop.step(0);
    int sy = loop.step(1);
    if (sx == 1 && sy == 1) {
      loop.run((i, j, c, d, n) -> row(kernel, x, i, y, j, n));
    } else {
      loop.run((i, j, c, d, n) -> {
        int[] row = ROWS.get()[0];
        gather(x, i, sx, row, n);
        row(kernel, row, 0, row, 0, n);
        scatter(row, y, j, sy, n);
      });
    }
  }

  /// `out = kernel(a, b)`; `out` may be `a` or `b`.
  static void binary(BinaryKernel kernel, View a, View b, View out) {
    if (kernel.isComparison() && out.storage() instanceof BoolStorage flags) {
      compare(kernel, a, b, out, flags.array());
      return;
    }
    IntegerDomain.check(kernel, a, b);
    int[] x = array(a);
    int[] y = array(b);
    int[] z = array(out);
    StridedLoop loop = new StridedLoop(a.layout(), b.layout(), out.layout());
    int sx = loop.step(0);
    int sy = loop.step(1);
    int sz = loop.step(2);
    loop.run((i, j, k, d, n) -> {
      int[][] rows = ROWS.get();
      int[] p = sx == 1 ? x : gather(x, i, sx, rows[0], n);
      int[] q = sy == 1 ? y : gather(y, j, sy, rows[1], n);
      if (sz == 1) {
        row(kernel, p, sx == 1 ? i : 0, q, sy == 1 ? j : 0, z, k, n);
      } else {
        row(kernel, p, sx == 1 ? i : 0, q, sy == 1 ? j : 0, rows[2], 0, n);
        scatter(rows[2], z, k, sz, n);
      }
    });
  }

  private static void compare(BinaryKernel kernel, View a, View b, View out, byte[] z) {
    int[] x = array(a);
    int[] y = array(b);
    StridedLoop loop = new StridedLoop(a.layout(), b.layout(), out.layout());
    int sx = loop.step(0);
    int sy = loop.step(1);
    int sz = loop.step(2);
    loop.run((i, j, k, d, n) -> {
      int[][] rows = ROWS.get();
      int[] p = sx == 1 ? x : gather(x, i, sx, rows[0], n);
      int[] q = sy == 1 ? y : gather(y, j, sy, rows[1], n);
      compareRow(kernel, p, sx == 1 ? i : 0, q, sy == 1 ? j : 0, z, k, sz, n);
    });
  }

  private static int[] gather(int[] x, int xo, int step, int[] row, int n) {
    if (step == 0) {
      Arrays.fill(row, 0, n, x[xo]);
    } else {
      for (int i = 0; i < n; i++) {
        row[i] = x[xo + i * step];
      }
    }
    return row;
  }

  private static void scatter(int[] row, int[] y, int yo, int step, int n) {
    for (int i = 0; i < n; i++) {
      y[yo + i * step] = row[i];
    }
  }

  private static void row(UnaryKernel kernel, int[] x, int xo, int[] y, int yo, int n) {
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
      case SQUARE -> {
        for (int i = 0; i < n; i++) {
          y[yo + i] = x[xo + i] * x[xo + i];
        }
      }
      case RELU -> {
        for (int i = 0; i < n; i++) {
          y[yo + i] = Math.max(x[xo + i], 0);
        }
      }
      case SIGN -> {
        for (int i = 0; i < n; i++) {
          y[yo + i] = Integer.signum(x[xo + i]);
        }
      }
      case FLOOR, CEIL, ROUND -> System.arraycopy(x, xo, y, yo, n);
      case EXP, LOG, SQRT, RSQRT, RECIPROCAL, TANH, SIGMOID, ERF, LOG1P, EXPM1, SIN, COS, SILU ->
          throw new TensorException(
              kernel + " needs real numbers, found I32; convert to F32 first");
    }
  }

  private static void row(
      BinaryKernel kernel, int[] x, int xo, int[] y, int yo, int[] z, int zo, int n) {
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
      case POW -> {
        for (int i = 0; i < n; i++) {
          z[zo + i] = (int) IntegerDomain.power(x[xo + i], y[yo + i]);
        }
      }
      case EQUAL, NOT_EQUAL, LESS, LESS_OR_EQUAL -> throw new IllegalStateException(kernel.name());
    }
  }

  private static void compareRow(
      BinaryKernel kernel, int[] x, int xo, int[] y, int yo, byte[] z, int zo, int sz, int n) {
    switch (kernel) {
      case EQUAL -> {
        for (int i = 0; i < n; i++) {
          z[zo + i * sz] = (byte) (x[xo + i] == y[yo + i] ? 1 : 0);
        }
      }
      case NOT_EQUAL -> {
        for (int i = 0; i < n; i++) {
          z[zo + i * sz] = (byte) (x[xo + i] != y[yo + i] ? 1 : 0);
        }
      }
      case LESS -> {
        for (int i = 0; i < n; i++) {
          z[zo + i * sz] = (byte) (x[xo + i] < y[yo + i] ? 1 : 0);
        }
      }
      case LESS_OR_EQUAL -> {
        for (int i = 0; i < n; i++) {
          z[zo + i * sz] = (byte) (x[xo + i] <= y[yo + i] ? 1 : 0);
        }
      }
      case ADD, SUB, MUL, DIV, MAX, MIN, POW -> throw new IllegalStateException(kernel.name());
    }
  }
}
