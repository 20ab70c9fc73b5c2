package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.UnaryKernel;
import org.jspecify.annotations.Nullable;

/// Rectifier: `y = max(x, 0)`; the gradient is 0 where `x <= 0`, whatever the output's is, and
/// passes elsewhere, at NaN too, as in PyTorch.
public record Relu() implements Op {
  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    Tensor y = Kernels.unary(UnaryKernel.RELU, inputs[0]);
    context.save(y);
    return y;
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    Tensor y = context.saved(0);
    return context.dense(y.detach().lessOrEqual(0).where(0, dy));
  }
}
