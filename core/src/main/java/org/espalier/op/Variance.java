package org.espalier.op;

import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;

/// Variance over axes, which disappear: `sum of (x - mean)^2 / (n - correction)`, in two passes, so
/// that elements far from zero lose nothing. It is NaN where `n <= correction`, as in PyTorch.
public final class Variance {
  private Variance() {}

  /// Returns the variance over these axes; over all when none is named.
  ///
  /// @param correction 1 for the unbiased estimate (Bessel), 0 for the mean of the squares
  /// @throws TensorException for dtypes that are not floating
  public static Tensor apply(Tensor x, double correction, int... axes) {
    if (!x.dtype().isFloating()) {
      throw new TensorException(
          "variance needs a floating dtype, not " + x.dtype() + "; cast with to(DType.F32)");
    }
    int[] sorted = Kernels.axes(x, axes);
    int n = 1;
    for (int a : sorted) {
      n *= x.size(a);
    }
    Tensor mean = x.mean(sorted).reshape(Kernels.keeping(x.shape(), sorted).sizes());
    Tensor squares = x.sub(mean).square().sum(sorted);
    return squares.div(n > correction ? n - correction : Double.NaN);
  }

  /// Returns the square root of the variance; its gradient is 0 where it is 0, as in PyTorch.
  public static Tensor deviation(Tensor x, double correction, int... axes) {
    return root(apply(x, correction, axes));
  }

  /// Returns the square root with the gradient 0 at 0: there the root of a constant is taken.
  static Tensor root(Tensor x) {
    Tensor zero = x.detach().equalTo(constant(x, 0));
    return zero.where(constant(x, 0), zero.where(constant(x, 1), x).sqrt());
  }

  private static Tensor constant(Tensor like, double value) {
    return Tensor.full(like.dtype(), like.device(), Shape.SCALAR, value);
  }
}
