package org.espalier.cpu;

import org.espalier.spi.BoolStorage;
import org.espalier.spi.DoubleStorage;
import org.espalier.spi.FloatStorage;
import org.espalier.spi.HalfStorage;
import org.espalier.spi.IntStorage;
import org.espalier.spi.LongStorage;
import org.espalier.spi.View;

/// Choosing between elements of any dtype and any strides: by masks of bits, since a branch on
/// random conditions takes ten times as long.
final class Selection {
  private final byte[] condition;
  private final StridedLoop loop;
  private final int sm;
  private final int sx;
  private final int sy;
  private final int sz;

  private Selection(View mask, View a, View b, View out) {
    condition = BoolElements.array(mask);
    loop = new StridedLoop(mask.layout(), a.layout(), b.layout(), out.layout());
    sm = loop.step(0);
    sx = loop.step(1);
    sy = loop.step(2);
    sz = loop.step(3);
  }

  /// `out = condition ? a : b`, where `a`, `b` and `out` have one dtype; `out` may be `a` or `b`.
  static void run(View condition, View a, View b, View out) {
    Selection s = new Selection(condition, a, b, out);
    Object x = a.heap().rawArray();
    Object y = b.heap().rawArray();
    switch (out.heap()) {
      case FloatStorage z -> s.choose((float[]) x, (float[]) y, z.array());
      case DoubleStorage z -> s.choose((double[]) x, (double[]) y, z.array());
      case HalfStorage z -> s.choose((short[]) x, (short[]) y, z.array());
      case IntStorage z -> s.choose((int[]) x, (int[]) y, z.array());
      case LongStorage z -> s.choose((long[]) x, (long[]) y, z.array());
      case BoolStorage z -> s.choose((byte[]) x, (byte[]) y, z.array());
    }
  }

  private void choose(float[] x, float[] y, float[] z) {
    loop.run((m, i, j, k, n) -> {
      for (int q = 0; q < n; q++) {
        int mine = -condition[m + q * sm];
        int a = Float.floatToRawIntBits(x[i + q * sx]) & mine;
        z[k + q * sz] = Float.intBitsToFloat(a | (Float.floatToRawIntBits(y[j + q * sy]) & ~mine));
      }
    });
  }

  private void choose(double[] x, double[] y, double[] z) {
    loop.run((m, i, j, k, n) -> {
      for (int q = 0; q < n; q++) {
        long mine = -condition[m + q * sm];
        long a = Double.doubleToRawLongBits(x[i + q * sx]) & mine;
        z[k + q * sz] =
            Double.longBitsToDouble(a | (Double.doubleToRawLongBits(y[j + q * sy]) & ~mine));
      }
    });
  }

  private void choose(short[] x, short[] y, short[] z) {
    loop.run((m, i, j, k, n) -> {
      for (int q = 0; q < n; q++) {
        int mine = -condition[m + q * sm];
        z[k + q * sz] = (short) ((x[i + q * sx] & mine) | (y[j + q * sy] & ~mine));
      }
    });
  }

  private void choose(int[] x, int[] y, int[] z) {
    loop.run((m, i, j, k, n) -> {
      for (int q = 0; q < n; q++) {
        int mine = -condition[m + q * sm];
        z[k + q * sz] = (x[i + q * sx] & mine) | (y[j + q * sy] & ~mine);
      }
    });
  }

  private void choose(long[] x, long[] y, long[] z) {
    loop.run((m, i, j, k, n) -> {
      for (int q = 0; q < n; q++) {
        long mine = -condition[m + q * sm];
        z[k + q * sz] = (x[i + q * sx] & mine) | (y[j + q * sy] & ~mine);
      }
    });
  }

  private void choose(byte[] x, byte[] y, byte[] z) {
    loop.run((m, i, j, k, n) -> {
      for (int q = 0; q < n; q++) {
        int mine = -condition[m + q * sm];
        z[k + q * sz] = (byte) ((x[i + q * sx] & mine) | (y[j + q * sy] & ~mine));
      }
    });
  }
}
