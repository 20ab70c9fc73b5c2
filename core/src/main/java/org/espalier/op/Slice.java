package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.Layout;
import org.jspecify.annotations.Nullable;

/// A view of the elements `from`, `from + step`, ... before `to` of one axis; the gradient is zero
/// elsewhere.
///
/// @param axis counted from the front
/// @param from first index
/// @param to index after the last
/// @param step distance of neighbours, positive
public record Slice(int axis, int from, int to, int step) implements Part {
  /// Returns the part of `x`.
  ///
  /// @throws org.espalier.TensorException when it leaves the axis or `step` is not positive
  public static Tensor apply(Tensor x, int axis, int from, int to, int step) {
    return Autograd.apply(new Slice(x.shape().axis(axis), from, to, step), x);
  }

  @Override
  public Layout of(Layout whole) {
    return whole.slice(axis, from, to, step);
  }

  @Override
  public boolean movesOnly() {
    return true;
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    return Kernels.alias(inputs[0], of(Kernels.view(inputs[0]).layout()));
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    return context.dense(Place.apply(dy, context.inputShape(0), this));
  }
}
