package org.espalier.cpu;

import org.espalier.spi.Layout;

/// A walk over up to four views of one shape, in row-major order: runs of one even step each, as
/// long as the layouts allow.
///
/// Axes that lie behind each other evenly in every view become one, so that contiguous views are a
/// single run. Runs are cut to at most `RUN` elements and shared between threads. Where one view
/// would be read across its rows and the other written along them, a copy goes by [#tiles] instead.
final class StridedLoop {
  /// The longest run.
  static final int RUN = 8192;

  /// Elements along the side of a tile.
  private static final int SIDE = 32;

  private final int rank;
  private final int[] sizes;
  private final int[][] strides;
  private final int[] offsets;
  private final int inner;

  /// One run: `n` elements from these indices.
  interface Run {
    /// Does one run; the steps are [#step] of each view.
    void on(int a, int b, int c, int d, int n);
  }

  /// A tile of two axes.
  interface Tile {
    /// Does `n` runs of `length` elements from these indices; the runs are `1` apart in the first
    /// view and `apart` in the second, the elements of a run `step` in the first and 1 in the
    /// second.
    void on(int a, int step, int b, int apart, int n, int length);
  }

  /// Plans the walk; layouts beyond those given count as standing still at 0.
  StridedLoop(Layout... layouts) {
    int axes = layouts[0].shape().rank();
    int[] size = new int[axes + 1];
    int[][] step = new int[4][axes + 1];
    offsets = new int[4];
    for (int v = 0; v < layouts.length; v++) {
      offsets[v] = layouts[v].offset();
    }
    int count = 0; // from the last axis to the first
    for (int axis = axes - 1; axis >= 0; axis--) {
      int n = layouts[0].shape().size(axis);
      if (n == 1) {
        continue;
      }
      boolean joins = count > 0;
      for (int v = 0; v < layouts.length && joins; v++) {
        joins = layouts[v].stride(axis) == step[v][count - 1] * size[count - 1];
      }
      if (joins) {
        size[count - 1] *= n;
      } else {
        size[count] = n;
        for (int v = 0; v < layouts.length; v++) {
          step[v][count] = layouts[v].stride(axis);
        }
        count++;
      }
    }
    if (count == 0) {
      size[0] = layouts[0].shape().elements();
      for (int v = 0; v < layouts.length; v++) {
        step[v][0] = 1;
      }
      count = 1;
    }
    rank = count;
    sizes = size;
    strides = step;
    inner = size[0];
  }

  /// Returns the axis along which the first view is adjacent when the innermost axis is that of the
  /// second one alone, as with a transposed matrix; 0 when there is none, or it is not worth it.
  private int across() {
    if (strides[1][0] != 1 || Math.abs(strides[0][0]) < SIDE || inner < SIDE) {
      return 0;
    }
    for (int axis = 1; axis < rank; axis++) {
      if (strides[0][axis] == 1 && sizes[axis] >= SIDE) {
        return axis;
      }
    }
    return 0;
  }

  /// Runs over all elements of two views by square tiles and returns true, if the first is adjacent
  /// along another axis than the second: a line of its memory then serves all the runs of a tile.
  /// Else does nothing and returns false.
  boolean tiles(Tile tile) {
    int across = across();
    if (across == 0) {
      return false;
    }
    int high = sizes[across];
    int down = Math.ceilDiv(high, SIDE);
    int along = Math.ceilDiv(inner, SIDE);
    int outer = 1;
    for (int axis = 1; axis < rank; axis++) {
      outer *= axis == across ? 1 : sizes[axis];
    }
    Ranges.run(
        outer * down * along,
        SIDE * SIDE,
        (from, to) -> {
          for (int unit = from; unit < to; unit++) {
            int column = unit % along * SIDE;
            int row = unit / along % down * SIDE;
            int a = offsets[0] + row + column * strides[0][0];
            int b = offsets[1] + row * strides[1][across] + column;
            for (int axis = 1, left = unit / along / down; axis < rank; axis++) {
              if (axis != across) {
                a += left % sizes[axis] * strides[0][axis];
                b += left % sizes[axis] * strides[1][axis];
                left /= sizes[axis];
              }
            }
            int n = Math.min(SIDE, high - row);
            int length = Math.min(SIDE, inner - column);
            tile.on(a, strides[0][0], b, strides[1][across], n, length);
          }
        });
    return true;
  }

  /// Returns the step of a view within a run.
  int step(int view) {
    return strides[view][0];
  }

  /// Runs over all elements on as many threads as are worth it.
  void run(Run run) {
    long outer = 1;
    for (int axis = 1; axis < rank; axis++) {
      outer *= sizes[axis];
    }
    if (outer * inner == 0) {
      return;
    }
    int cuts = Math.ceilDiv(inner, RUN);
    Ranges.run((int) (outer * cuts), Math.min(inner, RUN), (from, to) -> part(run, cuts, from, to));
  }

  private int at(int view, int i) {
    return offsets[view] + i * strides[view][0];
  }

  private void part(Run run, int cuts, int from, int to) {
    if (rank == 1) {
      for (int cut = from; cut < to; cut++) {
        int i = cut * RUN;
        run.on(at(0, i), at(1, i), at(2, i), at(3, i), Math.min(RUN, inner - i));
      }
      return;
    }
    int[] index = new int[rank];
    int row = from / cuts;
    int[] at = offsets.clone();
    for (int axis = 1, left = row; axis < rank; axis++) {
      index[axis] = left % sizes[axis];
      left /= sizes[axis];
      for (int v = 0; v < 4; v++) {
        at[v] += index[axis] * strides[v][axis];
      }
    }
    int[] s0 = strides[0];
    int[] s1 = strides[1];
    int[] s2 = strides[2];
    int[] s3 = strides[3];
    for (int unit = from, cut = from % cuts; unit < to; unit++) {
      int i = cut * RUN;
      int n = Math.min(RUN, inner - i);
      run.on(at[0] + i * s0[0], at[1] + i * s1[0], at[2] + i * s2[0], at[3] + i * s3[0], n);
      if (++cut == cuts) {
        cut = 0;
        for (int axis = 1; axis < rank; axis++) {
          boolean wraps = ++index[axis] == sizes[axis];
          int move = wraps ? 1 - sizes[axis] : 1;
          for (int v = 0; v < 4; v++) {
            at[v] += move * strides[v][axis];
          }
          if (!wraps) {
            break;
          }
          index[axis] = 0;
        }
      }
    }
  }
}
