package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.UnaryKernel;
import org.jspecify.annotations.Nullable;

/// Sigmoid linear unit, also called swish (Elfwing, Uchibe, Doya 2018; Ramachandran, Zoph, Le
/// 2017): `y = x s(x)`, `s(x) = 1 / (1 + e^-x)`, `dx = dy s(x) (1 + x (1 - s(x)))`.
///
/// At negative infinity it is NaN, as the product is, and as in PyTorch.
public record Silu() implements Op {
  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    context.save(inputs);
    return Kernels.unary(UnaryKernel.SILU, inputs[0]);
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    Tensor x = context.saved(0);
    Tensor s = x.sigmoid();
    return context.dense(dy.mul(s).mul(s.neg().add(1).mul(x).add(1)));
  }
}
