package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.jspecify.annotations.Nullable;

/// A view of the windows that slide along one axis: `[..., n, ...] -> [..., windows, ..., size]`,
/// `y[..., i, ..., k] = x[..., i * step + k * dilation, ...]`, `windows = (n - (size - 1) *
/// dilation - 1) / step + 1`. Overlapping windows share memory, so nothing is copied; the gradient
/// adds them up ([Fold]).
///
/// @param axis counted from the front
/// @param size elements of a window
/// @param step distance of windows
/// @param dilation distance of neighbours in a window
public record Unfold(int axis, int size, int step, int dilation) implements Op {
  /// Returns the windows along an axis of `x`.
  ///
  /// @throws org.espalier.TensorException when no window fits, or a number is not positive
  public static Tensor apply(Tensor x, int axis, int size, int step, int dilation) {
    return Autograd.apply(new Unfold(x.shape().axis(axis), size, step, dilation), x);
  }

  @Override
  public boolean movesOnly() {
    return true;
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    return Kernels.alias(
        inputs[0], Kernels.view(inputs[0]).layout().unfold(axis, size, step, dilation));
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    return context.dense(Fold.apply(dy, context.inputShape(0).size(axis), this));
  }
}
