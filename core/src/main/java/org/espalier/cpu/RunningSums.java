package org.espalier.cpu;

import org.espalier.spi.DoubleStorage;
import org.espalier.spi.FloatStorage;
import org.espalier.spi.HeapStorage;
import org.espalier.spi.IntStorage;
import org.espalier.spi.LongStorage;
import org.espalier.spi.View;

/// Running sums along an axis, carried in double (or long) and rounded when they are stored.
///
/// A sum in double is the same however lanes are shared out, and loses nothing that f32 could hold
/// over millions of elements; so there is one chain per lane, and the compiler makes vectors of
/// neighbouring lanes.
final class RunningSums {
  private static final ThreadLocal<double[]> SUMS =
      ThreadLocal.withInitial(() -> new double[AxisLoop.STRIPE]);

  private RunningSums() {}

  /// `y_i = x_0 + ... + x_i` in each lane, or from the other end; returns false when the dtype is
  /// not done here.
  static boolean run(View x, int axis, boolean reverse, View out) {
    AxisLoop loop = new AxisLoop(axis, x.layout(), out.layout());
    int n = x.shape().size(axis);
    int sx = loop.along(0);
    int sy = loop.along(1);
    // From the other end, the walk begins at the last element and its steps are negative.
    int startX = reverse ? (n - 1) * sx : 0;
    int startY = reverse ? (n - 1) * sy : 0;
    Walk walk =
        new Walk(
            n,
            reverse ? -sx : sx,
            reverse ? -sy : sy,
            loop.across(0),
            loop.across(1),
            loop.alongFirst(0));
    HeapStorage from = x.heap();
    HeapStorage to = out.heap();
    switch (from) {
      case FloatStorage f when to instanceof FloatStorage g ->
          loop.run(n, (a, b, c, q) -> walk.floats(f.array(), a + startX, g.array(), b + startY, q));
      case DoubleStorage f when to instanceof DoubleStorage g ->
          loop.run(
              n, (a, b, c, q) -> walk.doubles(f.array(), a + startX, g.array(), b + startY, q));
      case IntStorage f when to instanceof IntStorage g ->
          loop.run(n, (a, b, c, q) -> walk.ints(f.array(), a + startX, g.array(), b + startY, q));
      case LongStorage f when to instanceof LongStorage g ->
          loop.run(n, (a, b, c, q) -> walk.longs(f.array(), a + startX, g.array(), b + startY, q));
      default -> {
        return false;
      }
    }
    return true;
  }

  /// How far elements and lanes are apart.
  private record Walk(int n, int sx, int sy, int ax, int ay, boolean alongFirst) {
    void floats(float[] x, int xo, float[] y, int yo, int lanes) {
      if (alongFirst) {
        for (int q = 0; q < lanes; q++) {
          double sum = 0;
          int i = xo + q * ax;
          int k = yo + q * ay;
          for (int t = 0; t < n; t++, i += sx, k += sy) {
            sum += x[i];
            y[k] = (float) sum;
          }
        }
        return;
      }
      double[] sums = SUMS.get();
      java.util.Arrays.fill(sums, 0, lanes, 0);
      for (int t = 0; t < n; t++) {
        int i = xo + t * sx;
        int k = yo + t * sy;
        if (ax == 1 && ay == 1) {
          for (int q = 0; q < lanes; q++) {
            sums[q] += x[i + q];
            y[k + q] = (float) sums[q];
          }
        } else {
          for (int q = 0; q < lanes; q++) {
            sums[q] += x[i + q * ax];
            y[k + q * ay] = (float) sums[q];
          }
        }
      }
    }

    void doubles(double[] x, int xo, double[] y, int yo, int lanes) {
      for (int q = 0; q < lanes; q++) {
        double sum = 0;
        for (int t = 0; t < n; t++) {
          sum += x[xo + q * ax + t * sx];
          y[yo + q * ay + t * sy] = sum;
        }
      }
    }

    void ints(int[] x, int xo, int[] y, int yo, int lanes) {
      for (int q = 0; q < lanes; q++) {
        int sum = 0;
        for (int t = 0; t < n; t++) {
          sum += x[xo + q * ax + t * sx];
          y[yo + q * ay + t * sy] = sum;
        }
      }
    }

    void longs(long[] x, int xo, long[] y, int yo, int lanes) {
      for (int q = 0; q < lanes; q++) {
        long sum = 0;
        for (int t = 0; t < n; t++) {
          sum += x[xo + q * ax + t * sx];
          y[yo + q * ay + t * sy] = sum;
        }
      }
    }
  }
}
