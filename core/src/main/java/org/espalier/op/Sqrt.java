package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.UnaryKernel;
import org.jspecify.annotations.Nullable;

/// Square root: `y = sqrt(x)`, `dx = dy / (2 y)`.
public record Sqrt() implements Op {
  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    Tensor y = Kernels.unary(UnaryKernel.SQRT, inputs[0]);
    context.save(y);
    return y;
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    Tensor y = context.saved(0);
    return context.dense(dy.div(y.mul(2)));
  }
}
