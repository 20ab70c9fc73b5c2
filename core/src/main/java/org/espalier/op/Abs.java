package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.UnaryKernel;
import org.jspecify.annotations.Nullable;

/// Absolute value: `y = |x|`; the gradient at 0 is 0.
public record Abs() implements Op {
  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    context.save(inputs);
    return Kernels.unary(UnaryKernel.ABS, inputs[0]);
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    Tensor x = context.saved(0);
    return context.dense(dy.mul(x.detach().sign()));
  }
}
