package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.UnaryKernel;
import org.jspecify.annotations.Nullable;

/// `y = 1 / sqrt(x)`, `dx = -dy y^3 / 2`; infinity at 0, NaN below.
public record Rsqrt() implements Op {
  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    Tensor y = Kernels.unary(UnaryKernel.RSQRT, inputs[0]);
    context.save(y);
    return y;
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    Tensor y = context.saved(0);
    return context.dense(dy.mul(y.square().mul(y)).mul(-0.5));
  }
}
