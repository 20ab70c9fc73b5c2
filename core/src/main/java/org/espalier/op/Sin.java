package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.UnaryKernel;
import org.jspecify.annotations.Nullable;

/// Sine of radians, `dx = dy cos x`; NaN at the infinities.
///
/// Large arguments are reduced with as many digits of `pi` as they need (Payne, Hanek 1983), so the
/// whole range is accurate.
public record Sin() implements Op {
  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    context.save(inputs);
    return Kernels.unary(UnaryKernel.SIN, inputs[0]);
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    return context.dense(dy.mul(context.saved(0).cos()));
  }
}
