package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.UnaryKernel;
import org.jspecify.annotations.Nullable;

/// Gauss error function: `y = 2/sqrt(pi) * integral of e^(-t^2) from 0 to x`, `dx = dy 2/sqrt(pi)
/// e^(-x^2)`.
public record Erf() implements Op {
  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    context.save(inputs);
    return Kernels.unary(UnaryKernel.ERF, inputs[0]);
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    Tensor x = context.saved(0);
    return context.dense(dy.mul(x.square().neg().exp()).mul(2 / Math.sqrt(Math.PI)));
  }
}
