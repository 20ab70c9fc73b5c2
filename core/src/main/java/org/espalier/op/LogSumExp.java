package org.espalier.op;

import java.util.Arrays;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.jspecify.annotations.Nullable;

/// `y = log(sum of exp(x))` over axes, which disappear, as `m + log(sum of exp(x - m))` with `m =
/// max x`, which overflows nowhere; `dx = dy exp(x - y)`.
///
/// Over nothing, or where all `x` are negative infinity, `y` is negative infinity, and the gradient
/// 0. Where `y` is positive infinity the gradient is NaN.
public final class LogSumExp implements Op {
  private final int[] axes;

  private LogSumExp(int[] axes) {
    this.axes = axes;
  }

  /// Returns the logarithm of the sum of exponentials over these axes; over all when none is named.
  ///
  /// @throws org.espalier.TensorException for dtypes that are not floating
  public static Tensor apply(Tensor x, int... axes) {
    Op op = new LogSumExp(Kernels.axes(x, axes));
    Kernels.requireFloating(op, x);
    return Autograd.apply(op, x);
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    Tensor x = inputs[0];
    int[] kept = Kernels.keeping(x.shape(), axes).sizes();
    boolean empty = Arrays.stream(axes).anyMatch(a -> x.size(a) == 0);
    Tensor y;
    if (empty) {
      y = x.sum(axes).sub(Double.POSITIVE_INFINITY);
    } else {
      Tensor max = x.max(axes);
      // Beside an infinite maximum there is nothing to scale, and infinity - infinity is NaN.
      Tensor infinite = max.abs().equalTo(constant(max, Double.POSITIVE_INFINITY));
      Tensor shift = infinite.where(constant(max, 0), max);
      y = x.sub(shift.reshape(kept)).exp().sum(axes).log().add(shift);
    }
    context.save(x, y);
    return y;
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    Tensor x = context.saved(0);
    Tensor y = context.saved(1);
    int[] kept = Kernels.keeping(x.shape(), axes).sizes();
    Tensor nothing = y.detach().equalTo(constant(y, Double.NEGATIVE_INFINITY));
    Tensor shift = nothing.where(constant(y, 0), y);
    return context.dense(x.sub(shift.reshape(kept)).exp().mul(dy.reshape(kept)));
  }

  private static Tensor constant(Tensor like, double value) {
    return Tensor.full(like.dtype(), like.device(), Shape.SCALAR, value);
  }
}
