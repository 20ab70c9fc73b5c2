package org.espalier.spi;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import org.espalier.Shape;
import org.espalier.TensorException;

/// How a tensor's elements lie in its storage: element `[i, j, ...]` is at `offset + i * stride(0)
/// + j * stride(1) + ...`.
///
/// Apart from the storage, so that reshape, permute, slice and expand copy nothing. A stride of 0
/// repeats an axis (broadcast).
public final class Layout {
  private final Shape shape;
  private final int[] strides;
  private final int offset;
  private final boolean contiguous;

  private Layout(Shape shape, int[] strides, int offset) {
    this.shape = shape;
    this.strides = strides;
    this.offset = shape.elements() == 0 ? 0 : offset; // where nothing lies, nothing begins
    this.contiguous = computeContiguous(shape, strides);
  }

  /// Returns the row-major layout of a shape at offset 0.
  public static Layout contiguous(Shape shape) {
    return contiguous(shape, 0);
  }

  /// Returns the row-major layout of a shape at an offset.
  public static Layout contiguous(Shape shape, int offset) {
    int[] strides = new int[shape.rank()];
    int step = 1;
    for (int i = strides.length - 1; i >= 0; i--) {
      strides[i] = step;
      step *= Math.max(1, shape.size(i));
    }
    return new Layout(shape, strides, offset);
  }

  private static boolean computeContiguous(Shape shape, int[] strides) {
    if (shape.elements() == 0) {
      return true;
    }
    int step = 1;
    for (int i = strides.length - 1; i >= 0; i--) {
      if (shape.size(i) != 1 && strides[i] != step) {
        return false;
      }
      step *= shape.size(i);
    }
    return true;
  }

  /// Returns the shape.
  public Shape shape() {
    return shape;
  }

  /// Returns the index of the first element.
  public int offset() {
    return offset;
  }

  /// Returns the distance between neighbours along an axis, in elements; negative axes count from
  /// the end.
  public int stride(int axis) {
    return strides[shape.axis(axis)];
  }

  /// Tells whether the elements lie in row-major order without gaps from `offset`.
  public boolean isContiguous() {
    return contiguous;
  }

  /// Tells whether two elements lie in one place, so that this layout can be read but not written
  /// in any order.
  public boolean overlapsItself() {
    if (contiguous) {
      return false;
    }
    // Axes from the shortest step to the longest; where each step leaves the span of those before
    // it, nothing meets. Other layouts are rare enough to look at every element.
    Integer[] axes = new Integer[strides.length];
    Arrays.setAll(axes, i -> i);
    Arrays.sort(axes, Comparator.comparingInt(i -> Math.abs(strides[i])));
    long span = 0;
    for (int axis : axes) {
      long step = Math.abs((long) strides[axis]);
      int size = shape.size(axis);
      if (size > 1 && step <= span) {
        return step == 0 || meets();
      }
      span += size > 1 ? step * (size - 1) : 0;
    }
    return false;
  }

  private boolean meets() {
    BitSet taken = new BitSet();
    int[] index = new int[strides.length];
    int lowest = offset;
    for (int axis = 0; axis < strides.length; axis++) {
      lowest += Math.min(0, strides[axis]) * (shape.size(axis) - 1);
    }
    int at = offset - lowest;
    for (int i = 0; i < shape.elements(); i++) {
      if (taken.get(at)) {
        return true;
      }
      taken.set(at);
      for (int axis = strides.length - 1; axis >= 0; axis--) {
        at += strides[axis];
        if (++index[axis] < shape.size(axis)) {
          break;
        }
        at -= strides[axis] * index[axis];
        index[axis] = 0;
      }
    }
    return false;
  }

  /// Returns the same elements under another shape, or null when that would need a copy.
  public @org.jspecify.annotations.Nullable Layout reshape(Shape to) {
    if (contiguous) {
      return contiguous(to, offset);
    }
    // Match runs of axes from the left: each run of this layout must be one even progression to be
    // regrouped.
    int[] out = new int[to.rank()];
    int i = 0;
    int j = 0;
    while (i < shape.rank() || j < to.rank()) {
      if (i < shape.rank() && shape.size(i) == 1) {
        i++;
        continue;
      }
      if (j < to.rank() && to.size(j) == 1) {
        out[j++] = 1;
        continue;
      }
      if (i >= shape.rank() || j >= to.rank()) {
        return null;
      }
      int i0 = i;
      int j0 = j;
      long a = shape.size(i++);
      long b = to.size(j++);
      while (a != b) {
        if (a < b) {
          a *= shape.size(i++);
        } else {
          b *= to.size(j++);
        }
      }
      int last = -1;
      for (int q = i - 1; q >= i0; q--) {
        if (shape.size(q) == 1) {
          continue;
        }
        if (last >= 0 && strides[q] != strides[last] * shape.size(last)) {
          return null;
        }
        last = q;
      }
      int step = last < 0 ? 1 : innermostStride(i0, i);
      for (int q = j - 1; q >= j0; q--) {
        out[q] = step;
        step *= to.size(q);
      }
    }
    return new Layout(to, out, offset);
  }

  private int innermostStride(int from, int to) {
    for (int q = to - 1; q >= from; q--) {
      if (shape.size(q) != 1) {
        return strides[q];
      }
    }
    return 1;
  }

  /// Returns the layout with its axes in another order.
  public Layout permute(int... order) {
    if (order.length != shape.rank()) {
      throw new TensorException(
          "permute " + Arrays.toString(order) + " must name each axis of shape " + shape + " once");
    }
    int[] sizes = new int[order.length];
    int[] s = new int[order.length];
    boolean[] seen = new boolean[order.length];
    for (int i = 0; i < order.length; i++) {
      int a = shape.axis(order[i]);
      if (seen[a]) {
        throw new TensorException(
            "permute "
                + Arrays.toString(order)
                + " names axis "
                + a
                + " of shape "
                + shape
                + " twice");
      }
      seen[a] = true;
      sizes[i] = shape.size(a);
      s[i] = strides[a];
    }
    return new Layout(Shape.of(sizes), s, offset);
  }

  /// Returns the part `[from, to)` of one axis.
  public Layout slice(int axis, int from, int to) {
    return slice(axis, from, to, 1);
  }

  /// Returns the elements `from`, `from + step`, ... before `to` of one axis.
  ///
  /// @throws TensorException when the part leaves the axis or `step` is not positive
  public Layout slice(int axis, int from, int to, int step) {
    int a = shape.axis(axis);
    if (from < 0 || to < from || to > shape.size(a) || step < 1) {
      throw new TensorException(
          "slice ["
              + from
              + ", "
              + to
              + ")"
              + (step == 1 ? "" : " in steps of " + step)
              + " does not lie within axis "
              + axis
              + " of shape "
              + shape
              + ", which goes from 0 to "
              + shape.size(a)
              + (step < 1 ? "; steps are positive, flip(axis) reverses" : ""));
    }
    int[] s = strides;
    if (step != 1) {
      s = strides.clone();
      s[a] *= step;
    }
    return new Layout(
        shape.with(a, Math.ceilDiv(to - from, step)),
        s,
        to == from ? offset : offset + from * strides[a]);
  }

  /// Returns the elements at one index of an axis, which disappears.
  ///
  /// @throws TensorException when there is no such index
  public Layout select(int axis, int index) {
    int a = shape.axis(axis);
    if (index < 0 || index >= shape.size(a)) {
      throw new TensorException(
          "index " + index + " does not lie within axis " + axis + " of shape " + shape);
    }
    int[] s = new int[strides.length - 1];
    System.arraycopy(strides, 0, s, 0, a);
    System.arraycopy(strides, a + 1, s, a, s.length - a);
    return new Layout(shape.without(a), s, offset + index * strides[a]);
  }

  /// Returns the windows that slide along one axis: the axis becomes the windows' number, and a new
  /// last axis holds the `size` elements of a window, `dilation` apart. Window `i` begins at `i *
  /// step`; windows may overlap, and what does not fill one is left out.
  ///
  /// @throws TensorException when no window fits, or a number is not positive
  public Layout unfold(int axis, int size, int step, int dilation) {
    int a = shape.axis(axis);
    long span = (size - 1L) * dilation + 1;
    if (size < 1 || step < 1 || dilation < 1 || span > shape.size(a)) {
      throw new TensorException(
          "windows of "
              + size
              + " elements, "
              + dilation
              + " apart, in steps of "
              + step
              + " do not fit into axis "
              + axis
              + " of shape "
              + shape
              + "; all are positive, and pad(axis, before, after) makes the axis longer");
    }
    int rank = shape.rank();
    int[] sizes = Arrays.copyOf(shape.sizes(), rank + 1);
    int[] s = Arrays.copyOf(strides, rank + 1);
    sizes[a] = (shape.size(a) - (int) span) / step + 1;
    sizes[rank] = size;
    s[a] = strides[a] * step;
    s[rank] = strides[a] * dilation;
    return new Layout(Shape.of(sizes), s, offset);
  }

  /// Returns the elements whose index along `second` is `shift` more than along `first`: both axes
  /// disappear, and a new last one runs down the diagonal.
  ///
  /// @throws TensorException when the axes are one
  public Layout diagonal(int shift, int first, int second) {
    int a = shape.axis(first);
    int b = shape.axis(second);
    if (a == b) {
      throw new TensorException(
          "a diagonal needs two axes, not axis " + a + " of shape " + shape + " twice");
    }
    int rank = shape.rank();
    int[] sizes = new int[rank - 1];
    int[] s = new int[rank - 1];
    int n = 0;
    for (int axis = 0; axis < rank; axis++) {
      if (axis != a && axis != b) {
        sizes[n] = shape.size(axis);
        s[n++] = strides[axis];
      }
    }
    int down = Math.max(0, -shift);
    int right = Math.max(0, shift);
    sizes[n] = Math.max(0, Math.min(shape.size(a) - down, shape.size(b) - right));
    s[n] = strides[a] + strides[b];
    int begin = sizes[n] == 0 ? offset : offset + down * strides[a] + right * strides[b];
    return new Layout(Shape.of(sizes), s, begin);
  }

  /// Returns the layout that walks these axes backwards: its strides there are negative.
  public Layout flip(int... axes) {
    int[] s = strides.clone();
    int begin = offset;
    for (int axis : axes) {
      int a = shape.axis(axis);
      begin += Math.max(0, shape.size(a) - 1) * s[a];
      s[a] = -s[a];
    }
    return new Layout(shape, s, begin);
  }

  /// Returns the layout broadcast to a larger shape: new and size-1 axes repeat with stride 0.
  public Layout expand(Shape to) {
    if (to.equals(shape)) {
      return this;
    }
    int lead = to.rank() - shape.rank();
    int[] s = new int[to.rank()];
    for (int i = 0; i < to.rank(); i++) {
      int have = i < lead ? 1 : shape.size(i - lead);
      if (lead < 0 || (have != to.size(i) && have != 1)) {
        throw doesNotExpand(to);
      }
      s[i] = have == 1 ? 0 : strides[i - lead];
    }
    if (lead < 0) {
      throw doesNotExpand(to);
    }
    return new Layout(to, s, offset);
  }

  private TensorException doesNotExpand(Shape to) {
    return new TensorException(
        "shape "
            + shape
            + " does not expand to "
            + to
            + "; only axes of size 1 expand, and new axes come first");
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Layout l
        && offset == l.offset
        && shape.equals(l.shape)
        && Arrays.equals(strides, l.strides);
  }

  @Override
  public int hashCode() {
    return (shape.hashCode() * 31 + Arrays.hashCode(strides)) * 31 + offset;
  }

  @Override
  public String toString() {
    return shape + " strides " + Arrays.toString(strides) + " at " + offset;
  }
}
