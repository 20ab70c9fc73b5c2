package org.espalier.op;

import java.util.Arrays;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.Layout;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// A constant around a tensor: axis `i` grows by `before[i]` elements in front and `after[i]`
/// behind. The gradient is the part in the middle.
public final class Pad implements Op {
  private final int[] before;
  private final int[] after;
  private final double value;

  private Pad(int[] before, int[] after, double value) {
    this.before = before;
    this.after = after;
    this.value = value;
  }

  /// Returns `x` with a border of `value`.
  ///
  /// @param before elements in front, one number for each axis
  /// @param after elements behind, one number for each axis
  /// @return `x` itself when it does not grow
  /// @throws TensorException when a number is missing or negative, or the dtype of an integer `x`
  ///   does not have the value
  public static Tensor apply(Tensor x, int[] before, int[] after, double value) {
    if (before.length != x.rank()
        || after.length != x.rank()
        || Arrays.stream(before).anyMatch(n -> n < 0)
        || Arrays.stream(after).anyMatch(n -> n < 0)) {
      throw new TensorException(
          "pad of shape "
              + x.shape()
              + " by "
              + Arrays.toString(before)
              + " and "
              + Arrays.toString(after)
              + ": needs one number for each axis, none negative; slice(axis, from, to) cuts off");
    }
    Kernels.requireHas("pad", x.dtype(), value);
    boolean grows =
        Arrays.stream(before).anyMatch(n -> n > 0) || Arrays.stream(after).anyMatch(n -> n > 0);
    return grows ? Autograd.apply(new Pad(before.clone(), after.clone(), value), x) : x;
  }

  /// Returns `x` with a border of `value` along one axis, `x` itself when it does not grow.
  ///
  /// @throws TensorException when a number is negative, or the dtype of an integer `x` does not
  ///   have the value
  public static Tensor apply(Tensor x, int axis, int before, int after, double value) {
    int[] b = new int[x.rank()];
    int[] a = new int[x.rank()];
    b[x.shape().axis(axis)] = before;
    a[x.shape().axis(axis)] = after;
    return apply(x, b, a, value);
  }

  @Override
  public boolean movesOnly() {
    return true;
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    Tensor x = inputs[0];
    int[] sizes = x.shape().sizes();
    for (int axis = 0; axis < sizes.length; axis++) {
      sizes[axis] = Math.addExact(sizes[axis], Math.addExact(before[axis], after[axis]));
    }
    Tensor y = Tensor.full(x.dtype(), x.device(), Shape.of(sizes), value);
    View out = Kernels.view(y);
    Layout middle = out.layout();
    for (int axis = 0; axis < sizes.length; axis++) {
      middle = middle.slice(axis, before[axis], before[axis] + x.size(axis));
    }
    Kernels.backend(x).copy(Kernels.view(x), out.with(middle));
    return y;
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    Tensor middle = dy;
    for (int axis = 0; axis < before.length; axis++) {
      if (before[axis] > 0 || after[axis] > 0) {
        int size = context.inputShape(0).size(axis);
        middle = middle.slice(axis, before[axis], before[axis] + size);
      }
    }
    return context.dense(middle);
  }
}
