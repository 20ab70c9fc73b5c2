package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.UnaryKernel;
import org.jspecify.annotations.Nullable;

/// `y = e^x - 1` with all digits where `x` is small, `dx = dy (y + 1)`.
public record Expm1() implements Op {
  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    Tensor y = Kernels.unary(UnaryKernel.EXPM1, inputs[0]);
    context.save(y);
    return y;
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    return context.dense(dy.mul(context.saved(0).add(1)));
  }
}
