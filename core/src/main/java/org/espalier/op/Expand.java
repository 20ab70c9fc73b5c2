package org.espalier.op;

import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.jspecify.annotations.Nullable;

/// A view broadcast to a larger shape; the gradient sums what was repeated.
///
/// @param to the larger shape
public record Expand(Shape to) implements Op {
  @Override
  public boolean movesOnly() {
    return true;
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    return Kernels.alias(inputs[0], Kernels.view(inputs[0]).layout().expand(to));
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    return context.dense(Kernels.sumTo(dy, context.inputShape(0)));
  }
}
