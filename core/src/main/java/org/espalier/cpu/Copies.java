package org.espalier.cpu;

import java.util.Arrays;
import org.espalier.spi.BoolStorage;
import org.espalier.spi.DoubleStorage;
import org.espalier.spi.FloatStorage;
import org.espalier.spi.HalfStorage;
import org.espalier.spi.HeapStorage;
import org.espalier.spi.IntStorage;
import org.espalier.spi.LongStorage;
import org.espalier.spi.View;

/// Filling and copying elements of any dtype and any strides.
final class Copies {
  private Copies() {}

  /// Sets every element, rounded as the dtype rounds.
  static void fill(View out, double value) {
    if (out.elements() == 0) {
      return;
    }
    out.heap().setDouble(out.offset(), value);
    Move move = move(out.heap().rawArray(), out.heap());
    StridedLoop loop = new StridedLoop(out.layout());
    int sy = loop.step(0);
    loop.run((j, b, c, d, n) -> move.on(out.offset(), 0, j, sy, n));
  }

  /// `out = x` in the dtype of `out`.
  static void copy(View in, View out) {
    if (in.dtype() != out.dtype()) {
      Conversions.run(in, out);
      return;
    }
    Object x = in.heap().rawArray();
    Object y = out.heap().rawArray();
    Move move = move(x, out.heap());
    StridedLoop loop = new StridedLoop(in.layout(), out.layout());
    if (loop.tiles(
        (i, step, j, apart, n, length) -> {
          for (int r = 0; r < n; r++) {
            move.on(i + r, step, j + r * apart, 1, length);
          }
        })) {
      return;
    }
    int sx = loop.step(0);
    int sy = loop.step(1);
    if (sx == 1 && sy == 1) {
      loop.run((i, j, c, d, n) -> System.arraycopy(x, i, y, j, n));
    } else {
      loop.run((i, j, c, d, n) -> move.on(i, sx, j, sy, n));
    }
  }

  /// Moves elements of one dtype: all that knows it.
  @FunctionalInterface
  private interface Move {
    /// Writes `n` elements from index `i`, `sx` apart, to index `j`, `sy` apart.
    void on(int i, int sx, int j, int sy, int n);
  }

  /// Returns how elements move from an array to a memory of the same dtype.
  private static Move move(Object x, HeapStorage y) {
    return switch (y) {
      case FloatStorage s -> move((float[]) x, s.array());
      case DoubleStorage s -> move((double[]) x, s.array());
      case HalfStorage s -> move((short[]) x, s.array());
      case IntStorage s -> move((int[]) x, s.array());
      case LongStorage s -> move((long[]) x, s.array());
      case BoolStorage s -> move((byte[]) x, s.array());
    };
  }

  private static Move move(float[] x, float[] y) {
    return (i, sx, j, sy, n) -> {
      if (sy != 1) {
        for (int q = 0; q < n; q++) {
          y[j + q * sy] = x[i + q * sx];
        }
      } else if (sx == 0) {
        Arrays.fill(y, j, j + n, x[i]);
      } else {
        for (int q = 0; q < n; q++) {
          y[j + q] = x[i + q * sx];
        }
      }
    };
  }

  private static Move move(double[] x, double[] y) {
    return (i, sx, j, sy, n) -> {
      if (sy != 1) {
        for (int q = 0; q < n; q++) {
          y[j + q * sy] = x[i + q * sx];
        }
      } else if (sx == 0) {
        Arrays.fill(y, j, j + n, x[i]);
      } else {
        for (int q = 0; q < n; q++) {
          y[j + q] = x[i + q * sx];
        }
      }
    };
  }

  private static Move move(short[] x, short[] y) {
    return (i, sx, j, sy, n) -> {
      if (sy != 1) {
        for (int q = 0; q < n; q++) {
          y[j + q * sy] = x[i + q * sx];
        }
      } else if (sx == 0) {
        Arrays.fill(y, j, j + n, x[i]);
      } else {
        for (int q = 0; q < n; q++) {
          y[j + q] = x[i + q * sx];
        }
      }
    };
  }

  private static Move move(int[] x, int[] y) {
    return (i, sx, j, sy, n) -> {
      if (sy != 1) {
        for (int q = 0; q < n; q++) {
          y[j + q * sy] = x[i + q * sx];
        }
      } else if (sx == 0) {
        Arrays.fill(y, j, j + n, x[i]);
      } else {
        for (int q = 0; q < n; q++) {
          y[j + q] = x[i + q * sx];
        }
      }
    };
  }

  private static Move move(long[] x, long[] y) {
    return (i, sx, j, sy, n) -> {
      if (sy != 1) {
        for (int q = 0; q < n; q++) {
          y[j + q * sy] = x[i + q * sx];
        }
      } else if (sx == 0) {
        Arrays.fill(y, j, j + n, x[i]);
      } else {
        for (int q = 0; q < n; q++) {
          y[j + q] = x[i + q * sx];
        }
      }
    };
  }

  private static Move move(byte[] x, byte[] y) {
    return (i, sx, j, sy, n) -> {
      if (sy != 1) {
        for (int q = 0; q < n; q++) {
          y[j + q * sy] = x[i + q * sx];
        }
      } else if (sx == 0) {
        Arrays.fill(y, j, j + n, x[i]);
      } else {
        for (int q = 0; q < n; q++) {
          y[j + q] = x[i + q * sx];
        }
      }
    };
  }
}
