package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.TensorException;

/// Exponential linear unit (Clevert, Unterthiner, Hochreiter 2016): `x` where it is positive, else
/// `alpha (e^x - 1)`; the gradient at 0 is that of the negative side, as in PyTorch.
public final class Elu {
  private Elu() {}

  /// Returns the exponential linear unit of each element.
  ///
  /// @param alpha minus the limit at negative infinity, often 1
  /// @throws TensorException for dtypes that are not floating
  public static Tensor apply(Tensor x, double alpha) {
    Kernels.requireFloating("elu", x);
    // clamped, so that the side that is not chosen has no infinity to make NaN of a zero gradient
    Tensor negative = x.clamp(Double.NEGATIVE_INFINITY, 0).expm1().mul(alpha);
    return x.greater(0).where(x, negative);
  }
}
