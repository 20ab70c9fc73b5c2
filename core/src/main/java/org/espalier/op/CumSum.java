package org.espalier.op;

import org.espalier.DType;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.jspecify.annotations.Nullable;

/// Running sums along an axis: `y_i = x_0 + ... + x_i`, or `x_i + ... + x_last`; each is the
/// gradient of the other.
///
/// Sums are carried in double and rounded where they are stored; integers keep their dtype and
/// wrap.
///
/// @param axis counted from the front
/// @param reverse whether sums start at the other end
public record CumSum(int axis, boolean reverse) implements Op {
  /// Returns the running sums along an axis.
  ///
  /// @throws TensorException for BOOL: cast to I64 to count
  public static Tensor apply(Tensor x, int axis, boolean reverse) {
    if (x.dtype() == DType.BOOL) {
      throw new TensorException("cumsum of BOOL: cast with to(DType.I64) to count");
    }
    return Autograd.apply(new CumSum(x.shape().axis(axis), reverse), x);
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    Tensor x = inputs[0];
    Tensor y = Kernels.empty(x, x.shape());
    Kernels.backend(x).cumulate(Kernels.view(x), axis, reverse, Kernels.view(y));
    return y;
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    return context.dense(Autograd.apply(new CumSum(axis, !reverse), dy));
  }
}
