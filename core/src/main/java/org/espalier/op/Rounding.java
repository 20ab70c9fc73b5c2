package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.UnaryKernel;
import org.jspecify.annotations.Nullable;

/// Rounding to integers, in the input's dtype: down, up, or to the nearest and of two to the even
/// one. Integers stay as they are, and so do NaN, infinities and the sign of zero. The gradient is
/// zero.
///
/// @param kernel FLOOR, CEIL or ROUND
public record Rounding(UnaryKernel kernel) implements Op {
  @Override
  public String name() {
    return "Rounding." + kernel;
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    return Kernels.unary(kernel, inputs[0]);
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    return context.dense(Tensor.zeros(dy.dtype(), dy.device(), dy.shape()));
  }
}
