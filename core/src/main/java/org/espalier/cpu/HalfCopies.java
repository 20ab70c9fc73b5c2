package org.espalier.cpu;

import org.espalier.DType;
import org.espalier.spi.HalfStorage;
import org.espalier.spi.Halves;
import org.espalier.spi.View;

/// Copies between f32 and 16 bits: exact in one direction, to the nearest in the other.
final class HalfCopies {
  private HalfCopies() {}

  /// `y[yo + i] = x[xo + i]` for `i < n`.
  static void widen(HalfStorage x, int xo, float[] y, int yo, int n) {
    short[] bits = x.array();
    if (x.dtype() == DType.F16) {
      halves(bits, xo, y, yo, n);
    } else if (Simd.BITS == 0) {
      bfloats(bits, xo, y, yo, 0, n);
    } else {
      bfloats(bits, xo, y, yo, VectorWidening.bfloats(bits, xo, y, yo, n), n);
    }
  }

  /// C2 makes vectors of this loop, where the processor converts.
  private static void halves(short[] x, int xo, float[] y, int yo, int n) {
    for (int i = 0; i < n; i++) {
      y[yo + i] = Float.float16ToFloat(x[xo + i]);
    }
  }

  /// C2 makes none of this one (JDK 25: 1.3 ns an element, against 0.26 by vectors).
  private static void bfloats(short[] x, int xo, float[] y, int yo, int from, int n) {
    for (int i = from; i < n; i++) {
      y[yo + i] = Halves.fromBfloat(x[xo + i]);
    }
  }

  /// `y[yo + i] = x[xo + i]` for `i < n`, rounded to the nearest, ties to even.
  static void narrow(float[] x, int xo, HalfStorage y, int yo, int n) {
    short[] bits = y.array();
    if (y.dtype() == DType.F16) {
      for (int i = 0; i < n; i++) {
        bits[yo + i] = Float.floatToFloat16(x[xo + i]);
      }
    } else {
      for (int i = 0; i < n; i++) {
        bits[yo + i] = Halves.toBfloat(x[xo + i]);
      }
    }
  }

  /// `out = x` from 16 bits to f32, of any strides.
  static void copy(HalfStorage x, View in, View out) {
    float[] y = out.floats();
    StridedLoop loop = new StridedLoop(in.layout(), out.layout());
    int sx = loop.step(0);
    int sy = loop.step(1);
    loop.run((i, j, c, d, n) -> {
      if (sx == 1 && sy == 1) {
        widen(x, i, y, j, n);
      } else {
        for (int q = 0; q < n; q++) {
          y[j + q * sy] = x.getFloat(i + q * sx);
        }
      }
    });
  }

  /// `out = x` from f32 to 16 bits, of any strides.
  static void copy(View in, HalfStorage y, View out) {
    float[] x = in.floats();
    StridedLoop loop = new StridedLoop(in.layout(), out.layout());
    int sx = loop.step(0);
    int sy = loop.step(1);
    loop.run((i, j, c, d, n) -> {
      if (sx == 1 && sy == 1) {
        narrow(x, i, y, j, n);
      } else {
        for (int q = 0; q < n; q++) {
          narrow(x, i + q * sx, y, j + q * sy, 1);
        }
      }
    });
  }

  /// `out = x` of one dtype of 16 bits, of any strides.
  static void move(short[] x, View in, View out) {
    short[] y = ((HalfStorage) out.storage()).array();
    StridedLoop loop = new StridedLoop(in.layout(), out.layout());
    int sx = loop.step(0);
    int sy = loop.step(1);
    loop.run((i, j, c, d, n) -> {
      for (int q = 0; q < n; q++) {
        y[j + q * sy] = x[i + q * sx];
      }
    });
  }
}
