package org.espalier.cuda;

import java.util.Arrays;
import org.espalier.TensorException;
import org.espalier.spi.View;

/// How the elements of several views of one shape lie in memory, as few axes as that takes: axes of
/// size 1 are left out, and neighbours are joined where all views run through both with one step.
/// `axes.cuh` reads it.
final class Axes {
  /// The most axes that are left; a tensor with more of them that cannot be joined is rare.
  static final int MOST = 8;

  private final int[] sizes = new int[MOST];
  private final int[][] strides;
  private int rank;

  private Axes(int views) {
    strides = new int[views][MOST];
  }

  /// Returns the common axes of views of one shape.
  static Axes of(View... views) {
    int[][] steps = new int[views.length][];
    for (int v = 0; v < views.length; v++) {
      steps[v] = strides(views[v]);
    }
    return of(views[0].shape().sizes(), steps);
  }

  /// Returns axes of these sizes, with the steps of each view along them; the last is the
  /// innermost.
  static Axes of(int[] sizes, int[]... steps) {
    Axes axes = new Axes(steps.length);
    for (int axis = sizes.length - 1; axis >= 0; axis--) {
      axes.add(sizes, axis, steps);
    }
    return axes;
  }

  /// Returns the axes of views without one of them, where the views may differ in size: the sizes
  /// are those of the last view.
  static Axes beside(int axis, View... views) {
    int[] sizes = views[views.length - 1].shape().sizes();
    sizes[axis] = 1;
    int[][] steps = new int[views.length][];
    for (int v = 0; v < views.length; v++) {
      steps[v] = strides(views[v]);
    }
    return of(sizes, steps);
  }

  /// Returns the steps of a view along its axes.
  static int[] strides(View view) {
    int[] steps = new int[view.shape().rank()];
    for (int axis = 0; axis < steps.length; axis++) {
      steps[axis] = view.layout().stride(axis);
    }
    return steps;
  }

  /// Adds an axis outside those that are there.
  private void add(int[] all, int axis, int[][] steps) {
    if (all[axis] == 1) {
      return;
    }
    if (rank > 0 && joins(axis, steps)) {
      sizes[rank - 1] *= all[axis];
      return;
    }
    if (rank == MOST) {
      throw new TensorException(
          "sizes "
              + Arrays.toString(all)
              + " with steps "
              + Arrays.deepToString(steps)
              + " have more than "
              + MOST
              + " axes that cannot be joined; copy the tensor with contiguous(), or reshape it");
    }
    sizes[rank] = all[axis];
    for (int v = 0; v < steps.length; v++) {
      strides[v][rank] = steps[v][axis];
    }
    rank++;
  }

  private boolean joins(int axis, int[][] steps) {
    for (int v = 0; v < steps.length; v++) {
      if (steps[v][axis] != (long) strides[v][rank - 1] * sizes[rank - 1]) {
        return false;
      }
    }
    return true;
  }

  /// Returns the number of axes that are left.
  int rank() {
    return rank;
  }

  /// Returns the size of an axis that is left; 0 is the innermost.
  int size(int axis) {
    return sizes[axis];
  }

  /// Returns the step of a view along an axis that is left; 0 is the innermost.
  int stride(int view, int axis) {
    return strides[view][axis];
  }

  /// Returns the members of the structure that kernels take.
  int[] members() {
    int[] members = new int[1 + (3 + strides.length) * MOST];
    members[0] = rank;
    for (int axis = 0; axis < rank; axis++) {
      members[1 + axis] = sizes[axis];
      // ceil(log2(size)), and the number by which a multiplication divides; 0 divides nothing.
      int size = Math.max(1, sizes[axis]);
      int shift = Integer.SIZE - Integer.numberOfLeadingZeros(size - 1);
      long magic = ((1L << Integer.SIZE) * ((1L << shift) - size)) / size + 1;
      members[1 + MOST + axis] = (int) magic;
      members[1 + 2 * MOST + axis] = shift;
      for (int v = 0; v < strides.length; v++) {
        members[1 + (3 + v) * MOST + axis] = strides[v][axis];
      }
    }
    return members;
  }
}
