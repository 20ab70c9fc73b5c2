package org.espalier.op;

import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.BinaryKernel;
import org.jspecify.annotations.Nullable;

/// Limits to a range: `y = min(max(x, low), high)`; NaN stays NaN.
///
/// The gradient passes where `low <= x <= high`, bounds included, and is 0 elsewhere. When `low` is
/// above `high`, everything becomes `high`. Both as in PyTorch.
///
/// @param low the least result; negative infinity for none
/// @param high the largest result; infinity for none
public record Clamp(double low, double high) implements Op {
  /// Returns integers limited to `[low, high]`, exactly: a bound beyond their dtype's range is
  /// none, or all. Reals are limited as by doubles.
  public static Tensor apply(Tensor x, long low, long high) {
    DType t = x.dtype().withInteger();
    if (t.isFloating()) {
      return apply(x, (double) low, (double) high);
    }
    // An integer bound fits where a double might not: two exact primitives instead of one op.
    return x.to(t).maximum(within(t, low)).minimum(within(t, high));
  }

  private static long within(DType t, long bound) {
    return t == DType.I32 ? Math.clamp(bound, Integer.MIN_VALUE, Integer.MAX_VALUE) : bound;
  }

  /// Returns `x` limited to `[low, high]`, in its own floating dtype; integers become F32.
  ///
  /// @throws TensorException when a bound is NaN
  public static Tensor apply(Tensor x, double low, double high) {
    if (Double.isNaN(low) || Double.isNaN(high)) {
      throw new TensorException(
          "clamp: the bounds are " + low + " and " + high + "; use infinities for no bound");
    }
    return Autograd.apply(new Clamp(low, high), x.to(x.dtype().withReal()));
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    context.save(inputs);
    Tensor x = inputs[0];
    Tensor y = x;
    if (low != Double.NEGATIVE_INFINITY) {
      y = Kernels.binary(this, BinaryKernel.MAX, y, bound(x, low));
    }
    if (high != Double.POSITIVE_INFINITY) {
      y = Kernels.binary(this, BinaryKernel.MIN, y, bound(x, high));
    }
    return y == x ? x.copy() : y;
  }

  private static Tensor bound(Tensor x, double value) {
    return Tensor.full(x.dtype(), x.device(), Shape.SCALAR, value);
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    Tensor x = context.saved(0).detach();
    Tensor inside = x.greaterOrEqual(low).logicalAnd(x.lessOrEqual(high));
    return context.dense(inside.where(dy, 0));
  }
}
