package org.espalier.op;

import org.espalier.DType;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.ReduceKernel;
import org.jspecify.annotations.Nullable;

/// Product over axes, which disappear; over nothing it is 1.
///
/// The gradient of an element is the product of the others. Dividing the whole product by the
/// element would fail at zeros, so backward differentiates a tree of pairwise products instead: no
/// division, right for any number of zeros and to any order.
public final class Prod implements Op {
  private final int[] axes;

  private Prod(int[] axes) {
    this.axes = axes;
  }

  /// Returns the product over these axes; over all when none is named. Integers keep their dtype
  /// and wrap.
  ///
  /// @throws TensorException for BOOL: `all` is what is meant
  public static Tensor apply(Tensor x, int... axes) {
    if (x.dtype() == DType.BOOL) {
      throw new TensorException("prod of BOOL: use all(), or cast with to(DType.I64)");
    }
    return Autograd.apply(new Prod(Kernels.axes(x, axes)), x);
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    Tensor x = inputs[0];
    context.save(x);
    Tensor kept = Kernels.reduceKeeping(ReduceKernel.PROD, x, axes, x.dtype());
    return kept.reshape(Kernels.without(x.shape(), axes).sizes());
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    return context.composed(in -> tree(in[0]), dy, context.saved(0));
  }

  /// Returns the product as halves that are multiplied until one is left.
  private Tensor tree(Tensor x) {
    Tensor lanes = Kernels.reducedLast(x, axes);
    Tensor left = null;
    int n = lanes.size(-1);
    if (n == 0) {
      return lanes.sum(-1).add(1);
    }
    int last = lanes.rank() - 1;
    while (n > 1) {
      if ((n & 1) == 1) {
        Tensor odd = lanes.slice(last, n - 1, n);
        left = left == null ? odd : left.mul(odd);
      }
      n /= 2;
      lanes = lanes.slice(last, 0, n).mul(lanes.slice(last, n, 2 * n));
    }
    Tensor all = left == null ? lanes : lanes.mul(left);
    return all.reshape(Kernels.without(x.shape(), axes).sizes());
  }
}
