package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.UnaryKernel;
import org.jspecify.annotations.Nullable;

/// `y = 1 / x`, `dx = -dy y^2`; at a zero the infinity of its sign.
public record Reciprocal() implements Op {
  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    Tensor y = Kernels.unary(UnaryKernel.RECIPROCAL, inputs[0]);
    context.save(y);
    return y;
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    return context.dense(dy.mul(context.saved(0).square()).neg());
  }
}
