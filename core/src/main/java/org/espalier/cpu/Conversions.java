package org.espalier.cpu;

import org.espalier.spi.BoolStorage;
import org.espalier.spi.DoubleStorage;
import org.espalier.spi.FloatStorage;
import org.espalier.spi.HalfStorage;
import org.espalier.spi.Halves;
import org.espalier.spi.HeapStorage;
import org.espalier.spi.IntStorage;
import org.espalier.spi.LongStorage;
import org.espalier.spi.View;

/// Copies from one dtype to another, of any strides.
///
/// Reals go through double and integers through long, which hold them exactly, so that each is
/// rounded once, by the dtype it goes to. Between adjacent elements the pairs that training and
/// loading use take a loop of their own, with the same bits.
final class Conversions {
  private static final ThreadLocal<double[]> REALS =
      ThreadLocal.withInitial(() -> new double[StridedLoop.RUN]);
  private static final ThreadLocal<long[]> INTEGERS =
      ThreadLocal.withInitial(() -> new long[StridedLoop.RUN]);

  private static final ThreadLocal<short[]> BITS =
      ThreadLocal.withInitial(() -> new short[StridedLoop.RUN]);

  private Conversions() {}

  /// `out = x` in the dtype of `out`.
  static void run(View in, View out) {
    HeapStorage x = in.heap();
    HeapStorage y = out.heap();
    StridedLoop loop = new StridedLoop(in.layout(), out.layout());
    int sx = loop.step(0);
    int sy = loop.step(1);
    if (sx == 1 && sy == 1 && direct(loop, x, y)) {
      return;
    }
    if (in.dtype().isFloating()) {
      loop.run((i, j, c, d, n) -> {
        double[] row = REALS.get();
        load(x, i, sx, row, n);
        store(row, y, j, sy, n);
      });
    } else {
      loop.run((i, j, c, d, n) -> {
        long[] row = INTEGERS.get();
        load(x, i, sx, row, n);
        store(row, y, j, sy, n);
      });
    }
  }

  private static boolean direct(StridedLoop loop, HeapStorage x, HeapStorage y) {
    if (x instanceof FloatStorage from) {
      float[] a = from.array();
      if (y instanceof HalfStorage to) {
        loop.run((i, j, c, d, n) -> HalfCopies.narrow(a, i, to, j, n));
        return true;
      }
    } else if (y instanceof FloatStorage to) {
      float[] z = to.array();
      switch (x) {
        case HalfStorage from -> {
          loop.run((i, j, c, d, n) -> HalfCopies.widen(from, i, z, j, n));
          return true;
        }
        case IntStorage from -> {
          int[] a = from.array();
          loop.run((i, j, c, d, n) -> {
            for (int q = 0; q < n; q++) {
              z[j + q] = a[i + q];
            }
          });
          return true;
        }
        case BoolStorage from -> {
          byte[] a = from.array();
          loop.run((i, j, c, d, n) -> {
            for (int q = 0; q < n; q++) {
              z[j + q] = a[i + q];
            }
          });
          return true;
        }
        case DoubleStorage from -> {
          double[] a = from.array();
          loop.run((i, j, c, d, n) -> {
            for (int q = 0; q < n; q++) {
              z[j + q] = (float) a[i + q];
            }
          });
          return true;
        }
        case LongStorage _, FloatStorage _ -> {
          return false;
        }
      }
    }
    return false;
  }

  private static void load(HeapStorage x, int at, int step, double[] row, int n) {
    switch (x) {
      case FloatStorage s -> {
        float[] a = s.array();
        for (int i = 0; i < n; i++) {
          row[i] = a[at + i * step];
        }
      }
      case DoubleStorage s -> {
        double[] a = s.array();
        for (int i = 0; i < n; i++) {
          row[i] = a[at + i * step];
        }
      }
      case HalfStorage s -> load(s, at, step, row, n);
      case IntStorage _, LongStorage _, BoolStorage _ ->
          throw new IllegalStateException(x.dtype() + " is not real");
    }
  }

  private static void load(HeapStorage x, int at, int step, long[] row, int n) {
    switch (x) {
      case IntStorage s -> {
        int[] a = s.array();
        for (int i = 0; i < n; i++) {
          row[i] = a[at + i * step];
        }
      }
      case LongStorage s -> {
        long[] a = s.array();
        for (int i = 0; i < n; i++) {
          row[i] = a[at + i * step];
        }
      }
      case BoolStorage s -> {
        byte[] a = s.array();
        for (int i = 0; i < n; i++) {
          row[i] = a[at + i * step];
        }
      }
      case FloatStorage _, DoubleStorage _, HalfStorage _ ->
          throw new IllegalStateException(x.dtype() + " is not an integer");
    }
  }

  private static void load(HalfStorage x, int at, int step, double[] row, int n) {
    float[] wide = Scratch.row(StridedLoop.RUN);
    if (step == 1) {
      HalfCopies.widen(x, at, wide, 0, n);
    } else {
      short[] a = x.array();
      short[] bits = BITS.get();
      for (int i = 0; i < n; i++) {
        bits[i] = a[at + i * step];
      }
      HalfCopies.widen(x.dtype(), bits, 0, wide, 0, n);
    }
    for (int i = 0; i < n; i++) {
      row[i] = wide[i];
    }
  }

  /// From doubles rounded to odd, narrowing rounds as from the doubles themselves.
  private static void store(double[] row, HalfStorage y, int at, int step, int n) {
    float[] wide = Scratch.row(StridedLoop.RUN);
    for (int i = 0; i < n; i++) {
      wide[i] = Halves.roundToOdd(row[i]);
    }
    if (step == 1) {
      HalfCopies.narrow(wide, 0, y, at, n);
      return;
    }
    short[] bits = BITS.get();
    HalfCopies.narrow(wide, 0, y.dtype(), bits, 0, n);
    short[] z = y.array();
    for (int i = 0; i < n; i++) {
      z[at + i * step] = bits[i];
    }
  }

  private static void store(double[] row, HeapStorage y, int at, int step, int n) {
    switch (y) {
      case FloatStorage s -> {
        float[] z = s.array();
        for (int i = 0; i < n; i++) {
          z[at + i * step] = (float) row[i];
        }
      }
      case DoubleStorage s -> {
        double[] z = s.array();
        for (int i = 0; i < n; i++) {
          z[at + i * step] = row[i];
        }
      }
      case HalfStorage s -> store(row, s, at, step, n);
      case IntStorage s -> {
        int[] z = s.array();
        for (int i = 0; i < n; i++) {
          z[at + i * step] = (int) row[i];
        }
      }
      case LongStorage s -> {
        long[] z = s.array();
        for (int i = 0; i < n; i++) {
          z[at + i * step] = (long) row[i];
        }
      }
      case BoolStorage s -> {
        byte[] z = s.array();
        for (int i = 0; i < n; i++) {
          z[at + i * step] = (byte) (row[i] != 0 ? 1 : 0);
        }
      }
    }
  }

  private static void store(long[] row, HeapStorage y, int at, int step, int n) {
    switch (y) {
      case FloatStorage s -> {
        float[] z = s.array();
        for (int i = 0; i < n; i++) {
          z[at + i * step] = row[i];
        }
      }
      case DoubleStorage s -> {
        double[] z = s.array();
        for (int i = 0; i < n; i++) {
          z[at + i * step] = row[i];
        }
      }
      case HalfStorage s -> {
        for (int i = 0; i < n; i++) {
          s.setLong(at + i * step, row[i]);
        }
      }
      case IntStorage s -> {
        int[] z = s.array();
        for (int i = 0; i < n; i++) {
          z[at + i * step] = (int) row[i];
        }
      }
      case LongStorage s -> {
        long[] z = s.array();
        for (int i = 0; i < n; i++) {
          z[at + i * step] = row[i];
        }
      }
      case BoolStorage s -> {
        byte[] z = s.array();
        for (int i = 0; i < n; i++) {
          z[at + i * step] = (byte) (row[i] != 0 ? 1 : 0);
        }
      }
    }
  }
}
