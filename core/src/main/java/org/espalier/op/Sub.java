package org.espalier.op;

import org.espalier.DType;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.BinaryKernel;
import org.jspecify.annotations.Nullable;

/// Difference with broadcasting: `c = a - b`. Not of booleans, as in PyTorch.
public record Sub() implements Op {
  /// Returns the result in the later dtype of the two and the shape both broadcast to.
  ///
  /// @throws TensorException when one is BOOL
  public static Tensor apply(Tensor a, Tensor b) {
    if (a.dtype() == DType.BOOL || b.dtype() == DType.BOOL) {
      throw new TensorException(
          "sub: "
              + a.dtype()
              + " "
              + a.shape()
              + " - "
              + b.dtype()
              + " "
              + b.shape()
              + "; booleans are not subtracted: logicalXor tells where two differ, logicalNot"
              + " inverts a mask, to(DType.I32) makes numbers of one");
    }
    return Kernels.promoted(new Sub(), a, b);
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    return Kernels.binary(this, BinaryKernel.SUB, inputs[0], inputs[1]);
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    return context.dense(
        context.wants(0) ? Kernels.sumTo(dy, context.inputShape(0)) : null,
        context.wants(1) ? Kernels.sumTo(dy.neg(), context.inputShape(1)) : null);
  }
}
