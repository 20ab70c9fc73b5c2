package org.espalier.cuda;

import org.espalier.Shape;
import org.espalier.TensorException;
import org.espalier.spi.View;

/// How the elements of several views of one shape lie in memory, as few axes as that takes: axes of
/// size 1 are left out, and neighbours are joined where all views run through both with one step.
/// `axes.cuh` reads it.
final class Axes {
  /// The most axes that are left; a tensor with more of them that cannot be joined is rare.
  static final int MOST = 8;

  private final View[] views;
  private final int[] sizes = new int[MOST];
  private final int[][] strides;
  private int rank;

  private Axes(View[] views) {
    this.views = views;
    strides = new int[views.length][MOST];
  }

  /// Returns the common axes of views of one shape.
  static Axes of(View... views) {
    Axes axes = new Axes(views);
    Shape shape = views[0].shape();
    for (int axis = shape.rank() - 1; axis >= 0; axis--) {
      axes.add(axis);
    }
    return axes;
  }

  /// Returns some axes of views; the others are as if they were not there.
  ///
  /// @param chosen ascending
  static Axes some(int[] chosen, View... views) {
    Axes axes = new Axes(views);
    for (int i = chosen.length - 1; i >= 0; i--) {
      axes.add(chosen[i]);
    }
    return axes;
  }

  /// Adds an axis outside those that are there.
  private void add(int axis) {
    int size = views[0].shape().size(axis);
    if (size == 1) {
      return;
    }
    if (rank > 0 && joins(axis)) {
      sizes[rank - 1] *= size;
      return;
    }
    if (rank == MOST) {
      throw new TensorException(
          "shape "
              + views[0].shape()
              + " with "
              + views[0].layout()
              + " has more than "
              + MOST
              + " axes that cannot be joined; copy it with contiguous(), or reshape first");
    }
    sizes[rank] = size;
    for (int v = 0; v < views.length; v++) {
      strides[v][rank] = views[v].layout().stride(axis);
    }
    rank++;
  }

  private boolean joins(int axis) {
    for (int v = 0; v < views.length; v++) {
      long next = (long) strides[v][rank - 1] * sizes[rank - 1];
      if (views[v].layout().stride(axis) != next) {
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
    int[] members = new int[1 + (3 + views.length) * MOST];
    members[0] = rank;
    for (int axis = 0; axis < rank; axis++) {
      members[1 + axis] = sizes[axis];
      // ceil(log2(size)), and the number by which a multiplication divides.
      int shift = Integer.SIZE - Integer.numberOfLeadingZeros(sizes[axis] - 1);
      long magic = ((1L << Integer.SIZE) * ((1L << shift) - sizes[axis])) / sizes[axis] + 1;
      members[1 + MOST + axis] = (int) magic;
      members[1 + 2 * MOST + axis] = shift;
      for (int v = 0; v < views.length; v++) {
        members[1 + (3 + v) * MOST + axis] = strides[v][axis];
      }
    }
    return members;
  }
}
