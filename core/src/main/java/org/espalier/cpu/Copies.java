package org.espalier.cpu;

import java.util.Arrays;
import org.espalier.spi.BoolStorage;
import org.espalier.spi.IntStorage;
import org.espalier.spi.LongStorage;
import org.espalier.spi.View;

/// Filling, copying and choosing f32 elements of any strides.
final class Copies {
  private Copies() {}

  /// Sets every element.
  static void fill(View out, float value) {
    float[] y = out.floats();
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

  /// Sets every element of a contiguous view of whole numbers or booleans; returns false for
  /// another one.
  static boolean fillWhole(View out, double value) {
    if (!out.isContiguous()) {
      return false;
    }
    int from = out.offset();
    int to = from + out.elements();
    switch (out.heap()) {
      case IntStorage s -> Arrays.fill(s.array(), from, to, (int) value);
      case LongStorage s -> Arrays.fill(s.array(), from, to, (long) value);
      case BoolStorage s -> Arrays.fill(s.array(), from, to, (byte) (value != 0 ? 1 : 0));
      default -> {
        return false;
      }
    }
    return true;
  }

  /// `out = x`.
  static void copy(View in, View out) {
    float[] x = in.floats();
    float[] y = out.floats();
    StridedLoop loop = new StridedLoop(in.layout(), out.layout());
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

  /// `out = condition ? a : b`.
  static void select(byte[] condition, View mask, View a, View b, View out) {
    float[] x = a.floats();
    float[] y = b.floats();
    float[] z = out.floats();
    StridedLoop loop = new StridedLoop(mask.layout(), a.layout(), b.layout(), out.layout());
    int sm = loop.step(0);
    int sx = loop.step(1);
    int sy = loop.step(2);
    int sz = loop.step(3);
    loop.run((m, i, j, k, n) -> {
      for (int q = 0; q < n; q++) {
        z[k + q * sz] = condition[m + q * sm] != 0 ? x[i + q * sx] : y[j + q * sy];
      }
    });
  }
}
