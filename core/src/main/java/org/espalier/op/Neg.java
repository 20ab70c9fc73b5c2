package org.espalier.op;

import org.espalier.DType;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.UnaryKernel;
import org.jspecify.annotations.Nullable;

/// Negation: `y = -x`. Not of booleans, as in PyTorch.
public record Neg() implements Op {
  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    if (inputs[0].dtype() == DType.BOOL) {
      throw new TensorException(
          "neg of BOOL "
              + inputs[0].shape()
              + ": logicalNot inverts a mask, to(DType.I32) makes numbers of it");
    }
    return Kernels.unary(UnaryKernel.NEG, inputs[0]);
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    return context.dense(dy.neg());
  }
}
