package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.UnaryKernel;
import org.jspecify.annotations.Nullable;

/// Cosine of radians, `dx = -dy sin x`; NaN at the infinities. See [Sin].
public record Cos() implements Op {
  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    context.save(inputs);
    return Kernels.unary(UnaryKernel.COS, inputs[0]);
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    return context.dense(dy.mul(context.saved(0).sin()).neg());
  }
}
