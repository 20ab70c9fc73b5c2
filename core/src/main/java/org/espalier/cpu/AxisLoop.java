package org.espalier.cpu;

import org.espalier.spi.Layout;

/// A walk over the lanes along one axis of up to three views that have one shape beside it.
///
/// A lane is what lies along the axis at one place of the other axes. Lanes that are neighbours
/// under the last other axis come in stripes of at most 128, and stripes are shared between
/// threads.
final class AxisLoop {
  /// The most lanes that come at once.
  static final int STRIPE = 128;

  private final int rank;
  private final int[] sizes;
  private final int[][] strides;
  private final int[] offsets;
  private final int[] along;

  /// Lane `q` of `lanes` begins at `a + q * across(0)` in view 0, and so on.
  interface Stripe {
    /// Does these lanes.
    void on(int a, int b, int c, int lanes);
  }

  /// Plans the walk; the sizes beside the axis are those of the first layout.
  AxisLoop(int axis, Layout... layouts) {
    int axes = layouts[0].shape().rank();
    sizes = new int[Math.max(1, axes - 1)];
    strides = new int[3][Math.max(1, axes - 1)];
    offsets = new int[3];
    along = new int[3];
    sizes[0] = 1;
    int count = 0; // from the last axis to the first
    for (int a = axes - 1; a >= 0; a--) {
      if (a != axis) {
        sizes[count] = layouts[0].shape().size(a);
        for (int v = 0; v < layouts.length; v++) {
          strides[v][count] = layouts[v].stride(a);
        }
        count++;
      }
    }
    rank = Math.max(1, count);
    for (int v = 0; v < layouts.length; v++) {
      offsets[v] = layouts[v].offset();
      along[v] = layouts[v].stride(axis);
    }
  }

  /// Returns the step of a view from one element of a lane to the next.
  int along(int view) {
    return along[view];
  }

  /// Returns the step of a view from one lane of a stripe to the next.
  int across(int view) {
    return strides[view][0];
  }

  /// Tells whether the elements of a lane lie closer than its neighbours, so that a lane is better
  /// walked to its end before the next.
  boolean alongFirst(int view) {
    return sizes[0] == 1 || Math.abs(along[view]) < Math.abs(strides[view][0]);
  }

  /// Runs over all lanes, each being about `each` elements of work, on as many threads as are worth
  /// it.
  void run(long each, Stripe body) {
    int outer = 1;
    for (int axis = 1; axis < rank; axis++) {
      outer *= sizes[axis];
    }
    int inner = sizes[0];
    if (outer * inner == 0) {
      return;
    }
    // Few lanes in one row: cut it finer, so that each thread gets some.
    int width = Math.clamp(Math.ceilDiv(inner, Math.ceilDiv(64, outer)), 16, STRIPE);
    int stripes = Math.ceilDiv(inner, width);
    Ranges.run(
        outer * stripes,
        each * Math.min(inner, width),
        (from, to) -> {
          for (int unit = from; unit < to; unit++) {
            int q = unit % stripes * width;
            int row = unit / stripes;
            int a = at(0, row) + q * strides[0][0];
            int b = at(1, row) + q * strides[1][0];
            int c = at(2, row) + q * strides[2][0];
            body.on(a, b, c, Math.min(width, inner - q));
          }
        });
  }

  private int at(int view, int row) {
    int at = offsets[view];
    for (int axis = 1, left = row; axis < rank; axis++) {
      at += left % sizes[axis] * strides[view][axis];
      left /= sizes[axis];
    }
    return at;
  }
}
