package org.espalier.cpu;

import org.espalier.spi.BoolStorage;
import org.espalier.spi.DoubleStorage;
import org.espalier.spi.FloatStorage;
import org.espalier.spi.HeapStorage;
import org.espalier.spi.IntStorage;
import org.espalier.spi.LongStorage;
import org.espalier.spi.View;

/// Stable orders along an axis: each element becomes a whole number that orders as it does, and
/// `RowSort` sorts those with their places.
final class Orders {
  private Orders() {}

  /// Writes the first places of the order of each lane; returns false when the dtype is not done
  /// here.
  static boolean run(View x, int axis, boolean descending, View order) {
    HeapStorage from = x.heap();
    boolean known =
        from instanceof FloatStorage
            || from instanceof DoubleStorage
            || from instanceof IntStorage
            || from instanceof LongStorage
            || from instanceof BoolStorage;
    if (!known || !(order.storage() instanceof LongStorage to)) {
      return false;
    }
    int n = x.shape().size(axis);
    int wanted = order.shape().size(axis);
    if (wanted == 0) {
      return true;
    }
    AxisLoop loop = new AxisLoop(axis, x.layout(), order.layout());
    loop.run(
        8L * n,
        (a, b, c, lanes) -> {
          RowSort sort = RowSort.of(n);
          for (int q = 0; q < lanes; q++) {
            load(from, a + q * loop.across(0), loop.along(0), n, descending, sort.keys());
            sort.places(n, wanted, to.array(), b + q * loop.across(1), loop.along(1));
          }
        });
    return true;
  }

  /// Writes numbers that ascend where the elements do, or descend; -0 is 0 and each NaN the
  /// largest.
  private static void load(
      HeapStorage x, int at, int step, int n, boolean descending, long[] keys) {
    switch (x) {
      case FloatStorage s -> {
        float[] v = s.array();
        for (int i = 0; i < n; i++) {
          int bits = Float.floatToIntBits(v[at + i * step] + 0f); // -0 + 0 is 0
          keys[i] = bits ^ (bits >> 31 & Integer.MAX_VALUE);
        }
      }
      case DoubleStorage s -> {
        double[] v = s.array();
        for (int i = 0; i < n; i++) {
          long bits = Double.doubleToLongBits(v[at + i * step] + 0.0);
          keys[i] = bits ^ (bits >> 63 & Long.MAX_VALUE);
        }
      }
      case IntStorage s -> {
        int[] v = s.array();
        for (int i = 0; i < n; i++) {
          keys[i] = v[at + i * step];
        }
      }
      case LongStorage s -> {
        long[] v = s.array();
        for (int i = 0; i < n; i++) {
          keys[i] = v[at + i * step];
        }
      }
      case BoolStorage s -> {
        byte[] v = s.array();
        for (int i = 0; i < n; i++) {
          keys[i] = v[at + i * step];
        }
      }
      default -> throw new IllegalStateException(x.dtype().name());
    }
    if (descending) {
      for (int i = 0; i < n; i++) {
        keys[i] = ~keys[i];
      }
    }
  }
}
