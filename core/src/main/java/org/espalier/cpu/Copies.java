package org.espalier.cpu;

import java.util.Arrays;
import org.espalier.spi.BoolStorage;
import org.espalier.spi.DoubleStorage;
import org.espalier.spi.FloatStorage;
import org.espalier.spi.HalfStorage;
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
    switch (out.heap()) {
      case FloatStorage s -> fill(s.array(), out);
      case DoubleStorage s -> fill(s.array(), out);
      case HalfStorage s -> fill(s.array(), out);
      case IntStorage s -> fill(s.array(), out);
      case LongStorage s -> fill(s.array(), out);
      case BoolStorage s -> fill(s.array(), out);
    }
  }

  /// `out = x` in the dtype of `out`.
  static void copy(View in, View out) {
    if (in.dtype() != out.dtype()) {
      Conversions.run(in, out);
      return;
    }
    Object x = in.heap().rawArray();
    switch (out.heap()) {
      case FloatStorage s -> copy((float[]) x, in, s.array(), out);
      case DoubleStorage s -> copy((double[]) x, in, s.array(), out);
      case HalfStorage s -> copy((short[]) x, in, s.array(), out);
      case IntStorage s -> copy((int[]) x, in, s.array(), out);
      case LongStorage s -> copy((long[]) x, in, s.array(), out);
      case BoolStorage s -> copy((byte[]) x, in, s.array(), out);
    }
  }

  private static void fill(float[] y, View out) {
    float value = y[out.offset()];
    StridedLoop loop = new StridedLoop(out.layout());
    int sy = loop.step(0);
    loop.run((i, b, c, d, n) -> {
      if (sy == 1) {
        Arrays.fill(y, i, i + n, value);
      } else {
        for (int q = 0; q < n; q++) {
          y[i + q * sy] = value;
        }
      }
    });
  }

  private static void fill(double[] y, View out) {
    double value = y[out.offset()];
    StridedLoop loop = new StridedLoop(out.layout());
    int sy = loop.step(0);
    loop.run((i, b, c, d, n) -> {
      if (sy == 1) {
        Arrays.fill(y, i, i + n, value);
      } else {
        for (int q = 0; q < n; q++) {
          y[i + q * sy] = value;
        }
      }
    });
  }

  private static void fill(short[] y, View out) {
    short value = y[out.offset()];
    StridedLoop loop = new StridedLoop(out.layout());
    int sy = loop.step(0);
    loop.run((i, b, c, d, n) -> {
      if (sy == 1) {
        Arrays.fill(y, i, i + n, value);
      } else {
        for (int q = 0; q < n; q++) {
          y[i + q * sy] = value;
        }
      }
    });
  }

  private static void fill(int[] y, View out) {
    int value = y[out.offset()];
    StridedLoop loop = new StridedLoop(out.layout());
    int sy = loop.step(0);
    loop.run((i, b, c, d, n) -> {
      if (sy == 1) {
        Arrays.fill(y, i, i + n, value);
      } else {
        for (int q = 0; q < n; q++) {
          y[i + q * sy] = value;
        }
      }
    });
  }

  private static void fill(long[] y, View out) {
    long value = y[out.offset()];
    StridedLoop loop = new StridedLoop(out.layout());
    int sy = loop.step(0);
    loop.run((i, b, c, d, n) -> {
      if (sy == 1) {
        Arrays.fill(y, i, i + n, value);
      } else {
        for (int q = 0; q < n; q++) {
          y[i + q * sy] = value;
        }
      }
    });
  }

  private static void fill(byte[] y, View out) {
    byte value = y[out.offset()];
    StridedLoop loop = new StridedLoop(out.layout());
    int sy = loop.step(0);
    loop.run((i, b, c, d, n) -> {
      if (sy == 1) {
        Arrays.fill(y, i, i + n, value);
      } else {
        for (int q = 0; q < n; q++) {
          y[i + q * sy] = value;
        }
      }
    });
  }

  private static void copy(float[] x, View in, float[] y, View out) {
    StridedLoop loop = new StridedLoop(in.layout(), out.layout());
    if (loop.tiles(
        (i, step, j, apart, n, length) -> {
          for (int r = 0; r < n; r++) {
            for (int q = 0; q < length; q++) {
              y[j + r * apart + q] = x[i + r + q * step];
            }
          }
        })) {
      return;
    }
    int sx = loop.step(0);
    int sy = loop.step(1);
    loop.run((i, j, c, d, n) -> {
      if (sx == 1 && sy == 1) {
        System.arraycopy(x, i, y, j, n);
      } else if (sx == 0 && sy == 1) {
        Arrays.fill(y, j, j + n, x[i]);
      } else {
        for (int q = 0; q < n; q++) {
          y[j + q * sy] = x[i + q * sx];
        }
      }
    });
  }

  private static void copy(double[] x, View in, double[] y, View out) {
    StridedLoop loop = new StridedLoop(in.layout(), out.layout());
    if (loop.tiles(
        (i, step, j, apart, n, length) -> {
          for (int r = 0; r < n; r++) {
            for (int q = 0; q < length; q++) {
              y[j + r * apart + q] = x[i + r + q * step];
            }
          }
        })) {
      return;
    }
    int sx = loop.step(0);
    int sy = loop.step(1);
    loop.run((i, j, c, d, n) -> {
      if (sx == 1 && sy == 1) {
        System.arraycopy(x, i, y, j, n);
      } else if (sx == 0 && sy == 1) {
        Arrays.fill(y, j, j + n, x[i]);
      } else {
        for (int q = 0; q < n; q++) {
          y[j + q * sy] = x[i + q * sx];
        }
      }
    });
  }

  private static void copy(short[] x, View in, short[] y, View out) {
    StridedLoop loop = new StridedLoop(in.layout(), out.layout());
    if (loop.tiles(
        (i, step, j, apart, n, length) -> {
          for (int r = 0; r < n; r++) {
            for (int q = 0; q < length; q++) {
              y[j + r * apart + q] = x[i + r + q * step];
            }
          }
        })) {
      return;
    }
    int sx = loop.step(0);
    int sy = loop.step(1);
    loop.run((i, j, c, d, n) -> {
      if (sx == 1 && sy == 1) {
        System.arraycopy(x, i, y, j, n);
      } else if (sx == 0 && sy == 1) {
        Arrays.fill(y, j, j + n, x[i]);
      } else {
        for (int q = 0; q < n; q++) {
          y[j + q * sy] = x[i + q * sx];
        }
      }
    });
  }

  private static void copy(int[] x, View in, int[] y, View out) {
    StridedLoop loop = new StridedLoop(in.layout(), out.layout());
    if (loop.tiles(
        (i, step, j, apart, n, length) -> {
          for (int r = 0; r < n; r++) {
            for (int q = 0; q < length; q++) {
              y[j + r * apart + q] = x[i + r + q * step];
            }
          }
        })) {
      return;
    }
    int sx = loop.step(0);
    int sy = loop.step(1);
    loop.run((i, j, c, d, n) -> {
      if (sx == 1 && sy == 1) {
        System.arraycopy(x, i, y, j, n);
      } else if (sx == 0 && sy == 1) {
        Arrays.fill(y, j, j + n, x[i]);
      } else {
        for (int q = 0; q < n; q++) {
          y[j + q * sy] = x[i + q * sx];
        }
      }
    });
  }

  private static void copy(long[] x, View in, long[] y, View out) {
    StridedLoop loop = new StridedLoop(in.layout(), out.layout());
    if (loop.tiles(
        (i, step, j, apart, n, length) -> {
          for (int r = 0; r < n; r++) {
            for (int q = 0; q < length; q++) {
              y[j + r * apart + q] = x[i + r + q * step];
            }
          }
        })) {
      return;
    }
    int sx = loop.step(0);
    int sy = loop.step(1);
    loop.run((i, j, c, d, n) -> {
      if (sx == 1 && sy == 1) {
        System.arraycopy(x, i, y, j, n);
      } else if (sx == 0 && sy == 1) {
        Arrays.fill(y, j, j + n, x[i]);
      } else {
        for (int q = 0; q < n; q++) {
          y[j + q * sy] = x[i + q * sx];
        }
      }
    });
  }

  private static void copy(byte[] x, View in, byte[] y, View out) {
    StridedLoop loop = new StridedLoop(in.layout(), out.layout());
    if (loop.tiles(
        (i, step, j, apart, n, length) -> {
          for (int r = 0; r < n; r++) {
            for (int q = 0; q < length; q++) {
              y[j + r * apart + q] = x[i + r + q * step];
            }
          }
        })) {
      return;
    }
    int sx = loop.step(0);
    int sy = loop.step(1);
    loop.run((i, j, c, d, n) -> {
      if (sx == 1 && sy == 1) {
        System.arraycopy(x, i, y, j, n);
      } else if (sx == 0 && sy == 1) {
        Arrays.fill(y, j, j + n, x[i]);
      } else {
        for (int q = 0; q < n; q++) {
          y[j + q * sy] = x[i + q * sx];
        }
      }
    });
  }
}
