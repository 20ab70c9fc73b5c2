package org.espalier.op;

import java.util.Arrays;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.engine.Backends;
import org.espalier.engine.Handles;
import org.espalier.spi.Backend;
import org.espalier.spi.BinaryKernel;
import org.espalier.spi.FusedKernel;
import org.espalier.spi.Layout;
import org.espalier.spi.ReduceKernel;
import org.espalier.spi.UnaryKernel;
import org.espalier.spi.View;

/// What ops share: making outputs, finding the backend, broadcasting.
final class Kernels {
  private Kernels() {}

  static Backend backend(Tensor t) {
    return Backends.of(t.device());
  }

  static View view(Tensor t) {
    return Handles.view(t);
  }

  /// Returns a tensor with undefined contents.
  static Tensor empty(DType dtype, Device device, Shape shape) {
    return Handles.wrap(
        new View(Backends.of(device).allocate(dtype, shape.elements()), Layout.contiguous(shape)),
        device);
  }

  /// Returns a tensor of the dtype and device of another, with undefined contents.
  static Tensor empty(Tensor like, Shape shape) {
    return empty(like.dtype(), like.device(), shape);
  }

  /// Returns a tensor of constants that were computed on the host, each rounded once.
  static Tensor constants(double[] values, DType dtype, Device device, int... shape) {
    if (dtype != DType.F32) {
      return Tensor.of(values, shape).to(dtype).to(device);
    }
    float[] rounded = new float[values.length];
    for (int i = 0; i < rounded.length; i++) {
      rounded[i] = (float) values[i];
    }
    return Tensor.of(rounded, shape).to(device);
  }

  /// Returns a view of a tensor's memory under another layout.
  static Tensor alias(Tensor t, Layout layout) {
    return Handles.wrap(view(t).with(layout), t.device());
  }

  static Tensor unary(UnaryKernel kernel, Tensor x) {
    if (!x.dtype().isFloating() && !worksOnIntegers(kernel)) {
      throw new TensorException(
          kernel + " needs a floating dtype, not " + x.dtype() + "; cast with to(DType.F32)");
    }
    Tensor y = empty(x, x.shape());
    backend(x).unary(kernel, view(x), view(y));
    return y;
  }

  private static boolean worksOnIntegers(UnaryKernel kernel) {
    return switch (kernel) {
      case NEG, ABS, SQUARE, RELU, SIGN, FLOOR, CEIL, ROUND -> true;
      default -> false;
    };
  }

  /// Runs a binary op on operands of one dtype: the later of the two.
  static Tensor promoted(Op op, Tensor a, Tensor b) {
    DType t = DType.promote(a.dtype(), b.dtype());
    return Autograd.apply(op, a.to(t), b.to(t));
  }

  static Tensor binary(Op op, BinaryKernel kernel, Tensor a, Tensor b) {
    Shape shape = broadcast(op, a, b);
    Tensor c = kernel.isComparison() ? empty(DType.BOOL, a.device(), shape) : empty(a, shape);
    View x = view(a);
    View y = view(b);
    backend(a)
        .binary(
            kernel, x.with(x.layout().expand(shape)), y.with(y.layout().expand(shape)), view(c));
    return c;
  }

  static Shape broadcast(Op op, Tensor a, Tensor b) {
    return broadcast(op, a.shape(), b.shape());
  }

  static Shape broadcast(Op op, Shape a, Shape b) {
    try {
      return a.broadcast(b);
    } catch (TensorException e) {
      throw new TensorException(op.name() + ": " + e.getMessage(), e);
    }
  }

  /// Sums what broadcasting repeated, so that a gradient has the shape of its input again.
  static Tensor sumTo(Tensor dy, Shape shape) {
    if (dy.shape().equals(shape)) {
      return dy;
    }
    int lead = dy.rank() - shape.rank();
    int n = 0;
    int[] axes = new int[dy.rank()];
    for (int i = 0; i < dy.rank(); i++) {
      if (i < lead || (shape.size(i - lead) == 1 && dy.size(i) != 1)) {
        axes[n++] = i;
      }
    }
    Tensor s = n == 0 ? dy : dy.sum(Arrays.copyOf(axes, n));
    return s.shape().equals(shape) ? s : s.reshape(shape.sizes());
  }

  /// Reduces these axes to size 1.
  static Tensor reduceKeeping(ReduceKernel kernel, Tensor x, int[] axes, DType dtype) {
    Shape shape = x.shape();
    for (int a : axes) {
      shape = shape.with(a, 1);
    }
    Tensor y = empty(dtype, x.device(), shape);
    int idle = idleAxes(x.shape(), axes);
    backend(x).reduce(kernel, withoutLast(view(x), idle), withoutLast(view(y), idle));
    return y;
  }

  /// Returns how many last axes are reduced and of size 1. Without them the elements of `[n, 1]`
  /// are added as those of `[n]`, while a backend that is asked for the column sees a column.
  private static int idleAxes(Shape shape, int[] axes) {
    int idle = 0;
    for (int axis = shape.rank() - 1;
        axis >= 0 && shape.size(axis) == 1 && Arrays.binarySearch(axes, axis) >= 0;
        axis--) {
      idle++;
    }
    return idle;
  }

  private static View withoutLast(View x, int axes) {
    Layout layout = x.layout();
    for (int i = 0; i < axes; i++) {
      layout = layout.select(layout.shape().rank() - 1, 0);
    }
    return axes == 0 ? x : x.with(layout);
  }

  /// Returns the axes counted from the front, ascending and distinct; all of them when none is
  /// named.
  static int[] axes(Tensor x, int... axes) {
    if (axes.length == 0) {
      int[] all = new int[x.rank()];
      for (int i = 0; i < all.length; i++) {
        all[i] = i;
      }
      return all;
    }
    int[] sorted = new int[axes.length];
    for (int i = 0; i < axes.length; i++) {
      sorted[i] = x.shape().axis(axes[i]);
    }
    Arrays.sort(sorted);
    for (int i = 1; i < sorted.length; i++) {
      if (sorted[i] == sorted[i - 1]) {
        throw new TensorException(
            "axis " + sorted[i] + " of shape " + x.shape() + " is named twice");
      }
    }
    return sorted;
  }

  /// Returns the shape without these (sorted) axes.
  static Shape without(Shape shape, int[] axes) {
    Shape s = shape;
    for (int i = axes.length - 1; i >= 0; i--) {
      s = s.without(axes[i]);
    }
    return s;
  }

  /// Returns the shape with these axes at size 1.
  static Shape keeping(Shape shape, int[] axes) {
    Shape s = shape;
    for (int a : axes) {
      s = s.with(a, 1);
    }
    return s;
  }

  /// Returns a view of `x`, or a copy where strides force it, with the kept axes first and these
  /// (sorted) axes joined into one, the last.
  static Tensor reducedLast(Tensor x, int[] axes) {
    int[] order = new int[x.rank()];
    int kept = 0;
    int reduced = x.rank() - axes.length;
    for (int i = 0; i < order.length; i++) {
      order[Arrays.binarySearch(axes, i) >= 0 ? reduced++ : kept++] = i;
    }
    Shape rest = without(x.shape(), axes);
    int[] sizes = Arrays.copyOf(rest.sizes(), rest.rank() + 1);
    sizes[rest.rank()] = 1;
    for (int a : axes) {
      sizes[rest.rank()] *= x.size(a);
    }
    return x.permute(order).reshape(sizes);
  }

  static boolean supports(Tensor t, Class<? extends FusedKernel> kernel) {
    return backend(t).supports(kernel, t.dtype());
  }

  /// Returns the shape `[rows]` for one number per row: all axes but the last, flattened.
  static Shape rowShape(Tensor x) {
    return Shape.of(x.size(-1) == 0 ? rows(x.shape()) : x.elements() / x.size(-1));
  }

  private static int rows(Shape shape) {
    int n = 1;
    for (int i = 0; i < shape.rank() - 1; i++) {
      n *= shape.size(i);
    }
    return n;
  }

  static void requireRank(Op op, Tensor x, int atLeast) {
    if (x.rank() < atLeast) {
      throw new TensorException(
          op.name() + " needs at least " + atLeast + " axes, found shape " + x.shape());
    }
  }

  static void requireShape(Op op, Tensor x, Shape shape) {
    if (!x.shape().equals(shape)) {
      throw new TensorException(op.name() + " needs shape " + shape + ", found " + x.shape());
    }
  }

  static void requireFloating(Op op, Tensor x) {
    requireFloating(op.name(), x);
  }

  static void requireFloating(String what, Tensor x) {
    if (!x.dtype().isFloating()) {
      throw new TensorException(
          what + " needs a floating dtype, not " + x.dtype() + "; cast with to(DType.F32)");
    }
  }

  /// Checks that elements of a dtype can be this number.
  static void requireHas(String what, DType dtype, double number) {
    if (!dtype.has(number)) {
      throw new TensorException(
          what + ": " + dtype + " has no " + number + "; cast with to(DType.F32) first");
    }
  }

  /// Checks that elements of a dtype can be this integer.
  static void requireHas(String what, DType dtype, long number) {
    if (!dtype.has(number)) {
      throw new TensorException(
          what + ": " + dtype + " has no " + number + "; cast with to(DType.F32) first");
    }
  }

  /// Tells whether elements can be indices.
  static boolean areIndices(Tensor t) {
    return t.dtype() == DType.I32 || t.dtype() == DType.I64;
  }

  /// Returns indices `[n]`, one for each of `n` values, as I32.
  ///
  /// @throws TensorException when they are no indices, or not as many
  static Tensor requireIndexEach(Op op, Tensor values, Tensor indices) {
    Tensor narrow = requireIndices(op, indices);
    requireRank(op, values, 1);
    if (values.size(0) != indices.size(0)) {
      throw new TensorException(
          op.name()
              + ": "
              + values.shape()
              + " values need one index each, found "
              + indices.shape());
    }
    return narrow;
  }

  /// Returns indices `[n]` as I32; see [#narrowed].
  ///
  /// @throws TensorException when they are neither I32 nor I64, or have not one axis
  static Tensor requireIndices(Op op, Tensor indices) {
    return requireIndices(op.name(), indices);
  }

  static Tensor requireIndices(String name, Tensor indices) {
    if (!areIndices(indices) || indices.rank() != 1) {
      throw new TensorException(
          name
              + " needs I32 or I64 indices of one axis, found "
              + indices.dtype()
              + " "
              + indices.shape());
    }
    return narrowed(name, indices);
  }

  /// Returns I32 or I64 indices `[n]` as I32, which the kernels read; those of I64 are looked at on
  /// the host.
  ///
  /// @throws TensorException when one is beyond the range of I32: no tensor is so large
  static Tensor narrowed(String name, Tensor indices) {
    if (indices.dtype() == DType.I32) {
      return indices;
    }
    long[] wide = indices.toLongArray();
    int[] narrow = new int[wide.length];
    for (int i = 0; i < wide.length; i++) {
      narrow[i] = (int) wide[i];
      if (narrow[i] != wide[i]) {
        throw new TensorException(
            name
                + ": index "
                + wide[i]
                + " at place "
                + i
                + " is beyond the range of I32; no axis is so long");
      }
    }
    return Tensor.of(narrow).to(indices.device());
  }
}
