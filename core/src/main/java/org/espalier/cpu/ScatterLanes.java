package org.espalier.cpu;

import java.util.Arrays;
import org.espalier.spi.BinaryKernel;
import org.espalier.spi.ReduceKernel;

/// The loops of a scatter over some lanes: each lane in ascending order, lanes side by side where
/// their elements are neighbours.
final class ScatterLanes {
  private final ReduceKernel kernel;
  private final BinaryKernel step;
  private final int[] index;
  private final int n;
  private final int alongX;
  private final int alongIndex;
  private final int alongY;
  private final int acrossX;
  private final int acrossIndex;
  private final int acrossY;
  private final boolean alongFirst;

  /// Plans for the views `values`, `indices`, `out` of the loop, in this order.
  ScatterLanes(ReduceKernel kernel, int n, AxisLoop loop, int[] index) {
    this.kernel = kernel;
    this.n = n;
    this.index = index;
    step =
        switch (kernel) {
          case SUM -> BinaryKernel.ADD;
          case PROD -> BinaryKernel.MUL;
          case MAX -> BinaryKernel.MAX;
          case MIN -> BinaryKernel.MIN;
          case ARG_MAX, ARG_MIN -> throw new IllegalArgumentException("no scatter: " + kernel);
        };
    alongX = loop.along(0);
    alongIndex = loop.along(1);
    alongY = loop.along(2);
    acrossX = loop.across(0);
    acrossIndex = loop.across(1);
    acrossY = loop.across(2);
    alongFirst = loop.alongFirst(0);
  }

  /// Lanes of f32.
  void floats(float[] x, int xo, int io, float[] y, int yo, int lanes) {
    if (acrossIndex == 0 && acrossX == 1 && acrossY == 1) {
      floatRows(x, xo, io, y, yo, lanes);
      return;
    }
    if (!kernel.hasIdentity()) {
      float worst = worst();
      for (int q = 0; q < lanes; q++) {
        for (int t = 0; t < n; t++) {
          y[yo + q * acrossY + index[io + q * acrossIndex + t * alongIndex] * alongY] = worst;
        }
      }
    }
    int outer = alongFirst ? lanes : n;
    int inner = alongFirst ? n : lanes;
    for (int u = 0; u < outer; u++) {
      for (int v = 0; v < inner; v++) {
        int q = alongFirst ? u : v;
        int t = alongFirst ? v : u;
        float value = x[xo + q * acrossX + t * alongX];
        int to = yo + q * acrossY + index[io + q * acrossIndex + t * alongIndex] * alongY;
        y[to] =
            switch (step) {
              case ADD -> y[to] + value;
              case MUL -> y[to] * value;
              case MAX -> Math.max(y[to], value);
              default -> Math.min(y[to], value);
            };
      }
    }
  }

  /// Whole rows go to one destination each: the row kernels add them.
  private void floatRows(float[] x, int xo, int io, float[] y, int yo, int lanes) {
    if (!kernel.hasIdentity()) {
      for (int t = 0; t < n; t++) {
        int to = yo + index[io + t * alongIndex] * alongY;
        Arrays.fill(y, to, to + lanes, worst());
      }
    }
    for (int t = 0; t < n; t++) {
      int to = yo + index[io + t * alongIndex] * alongY;
      Rows.KERNELS.binary(step, y, to, x, xo + t * alongX, y, to, lanes);
    }
  }

  private float worst() {
    return kernel == ReduceKernel.MAX ? Float.NEGATIVE_INFINITY : Float.POSITIVE_INFINITY;
  }

  /// Lanes of i32.
  void ints(int[] x, int xo, int io, int[] y, int yo, int lanes) {
    int worst = kernel == ReduceKernel.MAX ? Integer.MIN_VALUE : Integer.MAX_VALUE;
    for (int q = 0; q < lanes; q++) {
      int at = io + q * acrossIndex;
      int base = yo + q * acrossY;
      if (!kernel.hasIdentity()) {
        for (int t = 0; t < n; t++) {
          y[base + index[at + t * alongIndex] * alongY] = worst;
        }
      }
      for (int t = 0; t < n; t++) {
        int value = x[xo + q * acrossX + t * alongX];
        int to = base + index[at + t * alongIndex] * alongY;
        y[to] =
            switch (step) {
              case ADD -> y[to] + value;
              case MUL -> y[to] * value;
              case MAX -> Math.max(y[to], value);
              default -> Math.min(y[to], value);
            };
      }
    }
  }

  /// Lanes of i64.
  void longs(long[] x, int xo, int io, long[] y, int yo, int lanes) {
    long worst = kernel == ReduceKernel.MAX ? Long.MIN_VALUE : Long.MAX_VALUE;
    for (int q = 0; q < lanes; q++) {
      int at = io + q * acrossIndex;
      int base = yo + q * acrossY;
      if (!kernel.hasIdentity()) {
        for (int t = 0; t < n; t++) {
          y[base + index[at + t * alongIndex] * alongY] = worst;
        }
      }
      for (int t = 0; t < n; t++) {
        long value = x[xo + q * acrossX + t * alongX];
        int to = base + index[at + t * alongIndex] * alongY;
        y[to] =
            switch (step) {
              case ADD -> y[to] + value;
              case MUL -> y[to] * value;
              case MAX -> Math.max(y[to], value);
              default -> Math.min(y[to], value);
            };
      }
    }
  }
}
