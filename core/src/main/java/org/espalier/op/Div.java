package org.espalier.op;

import org.espalier.DType;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.BinaryKernel;
import org.jspecify.annotations.Nullable;

/// Quotient with broadcasting: `da = dc / b`, `db = -dc (a / b) / b`. The quotient of integers is
/// real, in F32, as in PyTorch; [FloorDiv] divides them as integers.
public record Div() implements Op {
  /// Returns the result in the later dtype of the two, F32 when that is no floating one, and the
  /// shape both broadcast to.
  public static Tensor apply(Tensor a, Tensor b) {
    DType t = DType.promote(a.dtype(), b.dtype()).withReal();
    return Autograd.apply(new Div(), a.to(t), b.to(t));
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    context.save(inputs);
    return Kernels.binary(this, BinaryKernel.DIV, inputs[0], inputs[1]);
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    return context.dense(
        context.wants(0) ? Kernels.sumTo(dy.div(context.saved(1)), context.inputShape(0)) : null,
        context.wants(1)
            ? Kernels.sumTo(
                dy.neg().mul(context.saved(0).div(context.saved(1)).div(context.saved(1))),
                context.inputShape(1))
            : null);
  }
}
