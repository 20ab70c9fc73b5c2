package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.UnaryKernel;
import org.jspecify.annotations.Nullable;

/// `y = -1, 0 or 1`, of any dtype; NaN stays NaN (PyTorch gives 0) and zeros keep their sign. The
/// gradient is zero.
public record Sign() implements Op {
  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    return Kernels.unary(UnaryKernel.SIGN, inputs[0]);
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    return context.dense(Tensor.zeros(dy.dtype(), dy.device(), dy.shape()));
  }
}
