package org.espalier.op;

import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;

/// Norm of order `p` over axes, which disappear: `(sum of |x|^p)^(1/p)`; for `p` infinite the
/// largest (or with a minus the smallest) magnitude, for 0 the number of elements that are not 0,
/// without a gradient.
///
/// The gradient is 0 where all elements are 0, and of an element that is 0 also for `p < 1`, where
/// it would be infinite; magnitudes that tie for the largest share it, as in PyTorch. Powers are
/// taken relative to the largest magnitude where they would leave the range of the dtype (for order
/// 2 see [EuclideanNorm]; for orders other than 1 and 2 always).
public final class Norm {
  private Norm() {}

  /// Returns the norm over these axes; over all when none is named.
  ///
  /// @param p at least 0, or infinite
  /// @throws TensorException for dtypes that are not floating, another `p`, or when `p` is neither
  ///   0, 1 nor 2 and an axis is empty
  public static Tensor apply(Tensor x, double p, int... axes) {
    if (!x.dtype().isFloating()) {
      throw new TensorException(
          "norm needs a floating dtype, not " + x.dtype() + "; cast with to(DType.F32)");
    }
    if (!(p >= 0) && p != Double.NEGATIVE_INFINITY) {
      throw new TensorException("norm of order " + p + ": orders are from 0 up, or infinite");
    }
    int[] sorted = Kernels.axes(x, axes);
    if (p == 1) {
      return x.abs().sum(sorted);
    }
    if (p == 2) {
      return Autograd.apply(new EuclideanNorm(sorted), x);
    }
    if (p == 0) {
      Tensor zero = x.detach().equalTo(constant(x, 0));
      return zero.where(constant(x, 0), constant(x, 1)).sum(sorted);
    }
    if (Double.isInfinite(p)) {
      return p > 0 ? x.abs().max(sorted) : x.abs().min(sorted);
    }
    return power(x, p, sorted);
  }

  /// `m (sum of (|x| / m)^p)^(1/p)` with the largest magnitude `m` as a constant: the norm is
  /// homogeneous, so this changes neither value nor gradient.
  private static Tensor power(Tensor x, double p, int[] axes) {
    int[] kept = Kernels.keeping(x.shape(), axes).sizes();
    Tensor largest = x.detach().abs().max(axes);
    Tensor scales =
        largest
            .equalTo(constant(x, 0))
            .where(
                constant(x, 1),
                largest
                    .equalTo(constant(x, Double.POSITIVE_INFINITY))
                    .where(constant(x, 1), largest));
    Tensor ratio = x.abs().div(scales.reshape(kept));
    Tensor zero = ratio.detach().equalTo(constant(x, 0));
    Tensor powers = zero.where(constant(x, 1), ratio).log().mul(p).exp();
    Tensor sum = zero.where(constant(x, 0), powers).sum(axes);
    Tensor nothing = sum.detach().equalTo(constant(x, 0));
    Tensor root = nothing.where(constant(x, 1), sum).log().div(p).exp();
    return nothing.where(constant(x, 0), root).mul(scales);
  }

  private static Tensor constant(Tensor like, double value) {
    return Tensor.full(like.dtype(), like.device(), Shape.SCALAR, value);
  }
}
