package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.ReduceKernel;
import org.jspecify.annotations.Nullable;

/// The smallest over axes, which disappear; NaN wins. Elements that tie share the gradient equally;
/// where the result is NaN, those that are do.
public final class Min implements Op {
  private final int[] axes;

  private Min(int[] axes) {
    this.axes = axes;
  }

  /// Returns the smallest over these axes; over all when none is named.
  ///
  /// @throws TensorException when an axis is empty
  public static Tensor apply(Tensor x, int... axes) {
    return Autograd.apply(new Min(Max.filled("min", x, axes)), x);
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    Tensor x = inputs[0];
    Tensor kept = Kernels.reduceKeeping(ReduceKernel.MIN, x, axes, x.dtype());
    context.save(x, kept);
    return kept.reshape(Kernels.without(x.shape(), axes).sizes());
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    return context.dense(Max.shared(context.saved(0), context.saved(1), axes, dy));
  }
}
