package org.espalier.op;

import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// Choice of elements: `y = condition ? a : b`, with broadcasting.
public record Where() implements Op {
  /// Returns the choice in the later dtype of `a` and `b`.
  ///
  /// @throws TensorException when `condition` is not BOOL
  public static Tensor apply(Tensor condition, Tensor a, Tensor b) {
    if (condition.dtype() != DType.BOOL) {
      throw new TensorException(
          "where needs a BOOL condition, not "
              + condition.dtype()
              + " "
              + condition.shape()
              + "; make one with equalTo or less");
    }
    DType t = DType.promote(a.dtype(), b.dtype());
    return Autograd.apply(new Where(), condition, a.to(t), b.to(t));
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] in) {
    context.save(in[0]);
    Shape shape = Kernels.broadcast(this, Kernels.broadcast(this, in[0], in[1]), in[2].shape());
    Tensor y = Kernels.empty(in[1], shape);
    Kernels.backend(y)
        .select(expand(in[0], shape), expand(in[1], shape), expand(in[2], shape), Kernels.view(y));
    return y;
  }

  private static View expand(Tensor t, Shape shape) {
    View v = Kernels.view(t);
    return v.with(v.layout().expand(shape));
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    Tensor condition = context.saved(0);
    Tensor zero = Tensor.full(dy.dtype(), dy.device(), Shape.SCALAR, 0);
    return context.dense(
        null,
        context.wants(1) ? Kernels.sumTo(condition.where(dy, zero), context.inputShape(1)) : null,
        context.wants(2) ? Kernels.sumTo(condition.where(zero, dy), context.inputShape(2)) : null);
  }
}
