package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.UnaryKernel;
import org.jspecify.annotations.Nullable;

/// `y = log(1 + x)` with all digits where `x` is small, `dx = dy / (1 + x)`; negative infinity at
/// -1, NaN below.
public record Log1p() implements Op {
  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    context.save(inputs);
    return Kernels.unary(UnaryKernel.LOG1P, inputs[0]);
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    return context.dense(dy.div(context.saved(0).add(1)));
  }
}
