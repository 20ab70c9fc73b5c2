package org.espalier.cpu;

import org.espalier.DType;
import org.espalier.TensorException;
import org.espalier.memory.BufferPool;
import org.espalier.spi.BoolStorage;
import org.espalier.spi.DoubleStorage;
import org.espalier.spi.FloatStorage;
import org.espalier.spi.HalfStorage;
import org.espalier.spi.IntStorage;
import org.espalier.spi.Layout;
import org.espalier.spi.LongStorage;
import org.espalier.spi.ReduceKernel;
import org.espalier.spi.Storage;
import org.espalier.spi.View;

/// Gather and scatter in each lane along an axis.
///
/// Indices are checked first, in a pass of their own: so nothing is half written, and the loops
/// that follow need no check. I64 indices become I32 in that pass.
final class Along {
  private Along() {}

  /// What is done with checked indices.
  private interface Body {
    void with(int[] index, Layout layout);
  }

  /// Checks that every index is in `[0, size)` and runs the body with them as ints.
  private static void checked(String kernel, View indices, int size, Body body) {
    if (indices.storage() instanceof LongStorage s) {
      Storage pooled = BufferPool.shared().take(DType.I32, indices.elements());
      pooled.retain();
      View narrow = new View(pooled, Layout.contiguous(indices.shape()));
      int[] y = narrow.ints();
      long[] x = s.array();
      StridedLoop loop = new StridedLoop(indices.layout(), narrow.layout());
      int sx = loop.step(0);
      int sy = loop.step(1);
      try {
        loop.run((a, b, c, d, n) -> {
          for (int q = 0; q < n; q++) {
            long index = x[a + q * sx];
            y[b + q * sy] = index < 0 || index >= size ? fail(kernel, index, size) : (int) index;
          }
        });
        body.with(y, narrow.layout());
      } finally {
        pooled.release();
      }
      return;
    }
    int[] x = indices.ints();
    StridedLoop loop = new StridedLoop(indices.layout());
    int sx = loop.step(0);
    loop.run((a, b, c, d, n) -> {
      for (int q = 0; q < n; q++) {
        int index = x[a + q * sx];
        if (index < 0 || index >= size) {
          fail(kernel, index, size);
        }
        if (sx == 0) {
          break; // one index for all of the run
        }
      }
    });
    body.with(x, indices.layout());
  }

  private static int fail(String kernel, long index, int size) {
    throw new TensorException(
        kernel
            + ": index "
            + index
            + " is outside the axis of size "
            + size
            + "; indices go from 0 to "
            + (size - 1));
  }

  /// Returns the layout of a lane's first element at each place of `shape`, wherever along the axis
  /// that place is.
  private static Layout lanes(Layout x, int axis, Layout indices) {
    Layout cut = x;
    for (int a = 0; a < x.shape().rank(); a++) {
      cut = cut.slice(a, 0, a == axis ? 1 : indices.shape().size(a));
    }
    return cut.expand(indices.shape());
  }

  /// `y_i = x[indices_i]` in each lane.
  static void gather(View x, int axis, View indices, View out) {
    if (indices.elements() == 0) {
      return;
    }
    checked(
        "gather",
        indices,
        x.shape().size(axis),
        (index, layout) -> {
          Layout from = lanes(x.layout(), axis, layout);
          StridedLoop loop = new StridedLoop(layout, from, out.layout());
          int si = loop.step(0);
          int sx = loop.step(1);
          int sy = loop.step(2);
          int apart = x.layout().stride(axis);
          switch (x.heap()) {
            case FloatStorage s -> {
              float[] v = s.array();
              float[] y = out.floats();
              loop.run((i, a, b, none, n) -> {
                for (int q = 0; q < n; q++) {
                  y[b + q * sy] = v[a + q * sx + index[i + q * si] * apart];
                }
              });
            }
            case DoubleStorage s when out.heap() instanceof DoubleStorage o -> {
              double[] v = s.array();
              double[] y = o.array();
              loop.run((i, a, b, none, n) -> {
                for (int q = 0; q < n; q++) {
                  y[b + q * sy] = v[a + q * sx + index[i + q * si] * apart];
                }
              });
            }
            case IntStorage s -> {
              int[] v = s.array();
              int[] y = out.ints();
              loop.run((i, a, b, none, n) -> {
                for (int q = 0; q < n; q++) {
                  y[b + q * sy] = v[a + q * sx + index[i + q * si] * apart];
                }
              });
            }
            case LongStorage s when out.heap() instanceof LongStorage o -> {
              long[] v = s.array();
              long[] y = o.array();
              loop.run((i, a, b, none, n) -> {
                for (int q = 0; q < n; q++) {
                  y[b + q * sy] = v[a + q * sx + index[i + q * si] * apart];
                }
              });
            }
            case BoolStorage s when out.heap() instanceof BoolStorage o -> {
              byte[] v = s.array();
              byte[] y = o.array();
              loop.run((i, a, b, none, n) -> {
                for (int q = 0; q < n; q++) {
                  y[b + q * sy] = v[a + q * sx + index[i + q * si] * apart];
                }
              });
            }
            case HalfStorage s when out.heap() instanceof HalfStorage o -> {
              short[] v = s.array();
              short[] y = o.array();
              loop.run((i, a, b, none, n) -> {
                for (int q = 0; q < n; q++) {
                  y[b + q * sy] = v[a + q * sx + index[i + q * si] * apart];
                }
              });
            }
            default -> throw new IllegalStateException(x.dtype() + " into " + out.dtype());
          }
        });
  }

  /// Tells whether [#scatter] does that dtype.
  static boolean scatters(View out) {
    return out.storage() instanceof FloatStorage
        || out.storage() instanceof IntStorage
        || out.storage() instanceof LongStorage;
  }

  /// `y[indices_i] op= x_i` in each lane, in ascending `i`: lanes are shared between threads, a
  /// lane never is.
  static void scatter(ReduceKernel kernel, View values, int axis, View indices, View out) {
    if (indices.elements() == 0) {
      return;
    }
    int n = values.shape().size(axis);
    checked(
        "scatter",
        indices,
        out.shape().size(axis),
        (index, layout) -> {
          AxisLoop loop = new AxisLoop(axis, values.layout(), layout, out.layout());
          ScatterLanes lanes = new ScatterLanes(kernel, n, loop, index);
          switch (out.heap()) {
            case FloatStorage s -> {
              float[] x = values.floats();
              float[] y = s.array();
              loop.run(n, (a, i, b, q) -> lanes.floats(x, a, i, y, b, q));
            }
            case IntStorage s -> {
              int[] x = values.ints();
              int[] y = s.array();
              loop.run(n, (a, i, b, q) -> lanes.ints(x, a, i, y, b, q));
            }
            case LongStorage s when values.heap() instanceof LongStorage v -> {
              long[] x = v.array();
              long[] y = s.array();
              loop.run(n, (a, i, b, q) -> lanes.longs(x, a, i, y, b, q));
            }
            default -> throw new IllegalStateException(values.dtype() + " into " + out.dtype());
          }
        });
  }
}
