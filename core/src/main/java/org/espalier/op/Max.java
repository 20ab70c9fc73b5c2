package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.ReduceKernel;
import org.jspecify.annotations.Nullable;

/// The largest over axes, which disappear; NaN wins. Elements that tie share the gradient equally;
/// where the result is NaN, those that are do.
public final class Max implements Op {
  private final int[] axes;

  private Max(int[] axes) {
    this.axes = axes;
  }

  /// Returns the largest over these axes; over all when none is named.
  ///
  /// @throws TensorException when an axis is empty
  public static Tensor apply(Tensor x, int... axes) {
    return Autograd.apply(new Max(filled("max", x, axes)), x);
  }

  /// Returns the axes as [Kernels#axes] does.
  ///
  /// @throws TensorException when one is empty
  static int[] filled(String op, Tensor x, int... axes) {
    int[] sorted = Kernels.axes(x, axes);
    for (int a : sorted) {
      if (x.size(a) == 0) {
        throw new TensorException(
            op + " over the empty axis " + a + " of shape " + x.shape() + " has no value");
      }
    }
    return sorted;
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
    return context.dense(shared(context.saved(0), context.saved(1), axes, dy));
  }

  /// Shares a gradient equally between the elements that equal the result; of a result that is NaN,
  /// between those that are.
  ///
  /// @param kept the result with the axes at size 1
  static Tensor shared(Tensor x, Tensor kept, int[] axes, Tensor dy) {
    int[] sizes = Kernels.keeping(x.shape(), axes).sizes();
    Tensor is = Compare.wins(x, kept);
    Tensor count = Compare.ones(is, dy).sum(axes).reshape(sizes);
    return is.where(count.reciprocal().mul(dy.reshape(sizes)), 0);
  }
}
