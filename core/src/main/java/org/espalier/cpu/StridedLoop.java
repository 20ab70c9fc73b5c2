package org.espalier.cpu;

import org.espalier.spi.Layout;

/// A walk over up to four views of one shape, in row-major order: runs of one even step each, as
/// long as the layouts allow.
///
/// Axes that lie behind each other evenly in every view become one, so that contiguous views are a
/// single run. Runs are cut to at most `RUN` elements and shared between threads.
final class StridedLoop {
  /// The longest run.
  static final int RUN = 8192;

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
