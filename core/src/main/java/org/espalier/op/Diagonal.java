package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.Layout;
import org.jspecify.annotations.Nullable;

/// A view of a diagonal of two axes, which disappear: `y[..., i] = x[..., i, ..., i + shift, ...]`.
/// The diagonal is the last axis; it may be empty.
///
/// @param shift how far above the main diagonal; below it when negative
/// @param first axis of the rows, counted from the front
/// @param second axis of the columns, counted from the front
public record Diagonal(int shift, int first, int second) implements Part {
  /// Returns the diagonal of two axes of `x`.
  ///
  /// @throws org.espalier.TensorException when the axes are one, or one does not exist
  public static Tensor apply(Tensor x, int shift, int first, int second) {
    int a = x.shape().axis(first);
    return Autograd.apply(new Diagonal(shift, a, x.shape().axis(second)), x);
  }

  @Override
  public Layout of(Layout whole) {
    return whole.diagonal(shift, first, second);
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
