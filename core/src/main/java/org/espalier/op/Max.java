package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.ReduceKernel;
import org.jspecify.annotations.Nullable;

/// The largest over axes, which disappear; NaN wins. Elements that tie share the gradient equally.
public final class Max implements Op {
  private final int[] axes;

  private Max(int[] axes) {
    this.axes = axes;
  }

  /// Returns the largest over these axes; over all when none is named.
  ///
  /// @throws TensorException when an axis is empty
  public static Tensor apply(Tensor x, int... axes) {
    int[] sorted = Kernels.axes(x, axes);
    for (int a : sorted) {
      if (x.size(a) == 0) {
        throw new TensorException(
            "max over the empty axis " + a + " of shape " + x.shape() + " has no value");
      }
    }
    return Autograd.apply(new Max(sorted), x);
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    Tensor x = inputs[0];
    Tensor kept = Kernels.reduceKeeping(ReduceKernel.MAX, x, axes, x.dtype());
    context.save(x, kept);
    return kept.reshape(Kernels.without(x.shape(), axes).sizes());
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    Tensor x = context.saved(0);
    Tensor is = Compare.equal(x, context.saved(1));
    Tensor share = is.div(is.sum(axes).reshape(Kernels.keeping(x.shape(), axes).sizes()));
    return context.dense(share.mul(dy.reshape(Kernels.keeping(x.shape(), axes).sizes())));
  }
}
