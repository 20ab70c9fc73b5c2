package org.espalier.op;

import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// A view of the part `[from, to)` of one axis; the gradient is zero elsewhere.
///
/// @param axis counted from the front
/// @param from first index
/// @param to index after the last
public record Slice(int axis, int from, int to) implements Op {
  @Override
  public boolean movesOnly() {
    return true;
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    return Kernels.alias(inputs[0], Kernels.view(inputs[0]).layout().slice(axis, from, to));
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    Shape shape = context.inputShape(0);
    if (context.createGraph()) {
      Tensor before = Tensor.zeros(dy.dtype(), dy.device(), shape.with(axis, from));
      Tensor after = Tensor.zeros(dy.dtype(), dy.device(), shape.with(axis, shape.size(axis) - to));
      return context.dense(Concat.apply(axis, before, dy, after));
    }
    Tensor dx = Tensor.zeros(dy.dtype(), dy.device(), shape);
    View part = Kernels.view(dx);
    Kernels.backend(dy).copy(Kernels.view(dy), part.with(part.layout().slice(axis, from, to)));
    return context.dense(dx);
  }
}
