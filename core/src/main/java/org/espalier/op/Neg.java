package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.UnaryKernel;
import org.jspecify.annotations.Nullable;

/// Negation: `y = -x`.
public record Neg() implements Op {
  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    return Kernels.unary(UnaryKernel.NEG, inputs[0]);
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    return context.dense(dy.neg());
  }
}
