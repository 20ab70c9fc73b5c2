package org.espalier.cpu;

import org.espalier.DType;
import org.espalier.spi.HalfStorage;
import org.espalier.spi.Halves;

/// Rows between f32 and 16 bits: exact in one direction, to the nearest in the other.
final class HalfCopies {
  private HalfCopies() {}

  /// `y[yo + i] = x[xo + i]` for `i < n`.
  static void widen(HalfStorage x, int xo, float[] y, int yo, int n) {
    widen(x.dtype(), x.array(), xo, y, yo, n);
  }

  /// The same from an array of one of the two dtypes.
  static void widen(DType dtype, short[] bits, int xo, float[] y, int yo, int n) {
    if (dtype == DType.F16) {
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
    narrow(x, xo, y.dtype(), y.array(), yo, n);
  }

  /// The same to an array of one of the two dtypes.
  static void narrow(float[] x, int xo, DType dtype, short[] bits, int yo, int n) {
    if (dtype == DType.F16) {
      toHalves(x, xo, bits, yo, n);
    } else if (Simd.BITS == 0) {
      toBfloats(x, xo, bits, yo, 0, n);
    } else {
      toBfloats(x, xo, bits, yo, VectorWidening.narrow(x, xo, bits, yo, n), n);
    }
  }

  /// C2 makes vectors of this loop, where the processor converts.
  private static void toHalves(float[] x, int xo, short[] y, int yo, int n) {
    for (int i = 0; i < n; i++) {
      y[yo + i] = Float.floatToFloat16(x[xo + i]);
    }
  }

  private static void toBfloats(float[] x, int xo, short[] y, int yo, int from, int n) {
    for (int i = from; i < n; i++) {
      y[yo + i] = Halves.toBfloat(x[xo + i]);
    }
  }
}
