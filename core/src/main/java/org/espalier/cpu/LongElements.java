package org.espalier.cpu;

import java.util.Arrays;
import org.espalier.TensorException;
import org.espalier.spi.BinaryKernel;
import org.espalier.spi.BoolStorage;
import org.espalier.spi.LongStorage;
import org.espalier.spi.UnaryKernel;
import org.espalier.spi.View;

/// Functions of I64 elements of any strides; results wrap around.
///
/// Each function is one loop over adjacent elements, which C2 turns into vectors; elements that lie
/// otherwise are gathered into memory of the thread first.
final class LongElements {
  private static final ThreadLocal<long[][]> ROWS =
      ThreadLocal.withInitial(() -> new long[3][StridedLoop.RUN]);

  private LongElements() {}

  private static long[] array(View view) {
    if (view.storage() instanceof LongStorage s) {
      return s.array();
    }
    throw new TensorException("expected I64 on the heap, found " + view.dtype());
  }

  /// `out = kernel(x)`; `out` may be `x`.
  static void unary(UnaryKernel kernel, View in, View out) {
    long[] x = array(in);
    long[] y = array(out);
    StridedLoop loop = new StridedLoop(in.layout(), out.layout());
    int sx = loop.step(0);
    int sy = loop.step(1);
    if (sx == 1 && sy == 1) {
      loop.run((i, j, c, d, n) -> row(kernel, x, i, y, j, n));
    } else {
      loop.run((i, j, c, d, n) -> {
        long[] row = ROWS.get()[0];
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
    long[] x = array(a);
    long[] y = array(b);
    long[] z = array(out);
    StridedLoop loop = new StridedLoop(a.layout(), b.layout(), out.layout());
    int sx = loop.step(0);
    int sy = loop.step(1);
    int sz = loop.step(2);
    loop.run((i, j, k, d, n) -> {
      long[][] rows = ROWS.get();
      long[] p = sx == 1 ? x : gather(x, i, sx, rows[0], n);
      long[] q = sy == 1 ? y : gather(y, j, sy, rows[1], n);
      if (sz == 1) {
        row(kernel, p, sx == 1 ? i : 0, q, sy == 1 ? j : 0, z, k, n);
      } else {
        row(kernel, p, sx == 1 ? i : 0, q, sy == 1 ? j : 0, rows[2], 0, n);
        scatter(rows[2], z, k, sz, n);
      }
    });
  }

  private static void compare(BinaryKernel kernel, View a, View b, View out, byte[] z) {
    long[] x = array(a);
    long[] y = array(b);
    StridedLoop loop = new StridedLoop(a.layout(), b.layout(), out.layout());
    int sx = loop.step(0);
    int sy = loop.step(1);
    int sz = loop.step(2);
    loop.run((i, j, k, d, n) -> {
      long[][] rows = ROWS.get();
      long[] p = sx == 1 ? x : gather(x, i, sx, rows[0], n);
      long[] q = sy == 1 ? y : gather(y, j, sy, rows[1], n);
      compareRow(kernel, p, sx == 1 ? i : 0, q, sy == 1 ? j : 0, z, k, sz, n);
    });
  }

  private static long[] gather(long[] x, int xo, int step, long[] row, int n) {
    if (step == 0) {
      Arrays.fill(row, 0, n, x[xo]);
    } else {
      for (int i = 0; i < n; i++) {
        row[i] = x[xo + i * step];
      }
    }
    return row;
  }

  private static void scatter(long[] row, long[] y, int yo, int step, int n) {
    for (int i = 0; i < n; i++) {
      y[yo + i * step] = row[i];
    }
  }

  private static void row(UnaryKernel kernel, long[] x, int xo, long[] y, int yo, int n) {
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
          y[yo + i] = Long.signum(x[xo + i]);
        }
      }
      case FLOOR, CEIL, ROUND -> System.arraycopy(x, xo, y, yo, n);
      case EXP, LOG, SQRT, RSQRT, RECIPROCAL, TANH, SIGMOID, ERF, LOG1P, EXPM1, SIN, COS, SILU ->
          throw new TensorException(
              kernel + " needs real numbers, found I64; convert to F32 first");
    }
  }

  private static void row(
      BinaryKernel kernel, long[] x, int xo, long[] y, int yo, long[] z, int zo, int n) {
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
          z[zo + i] = IntegerDomain.power(x[xo + i], y[yo + i]);
        }
      }
      case EQUAL, NOT_EQUAL, LESS, LESS_OR_EQUAL -> throw new IllegalStateException(kernel.name());
    }
  }

  private static void compareRow(
      BinaryKernel kernel, long[] x, int xo, long[] y, int yo, byte[] z, int zo, int sz, int n) {
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
