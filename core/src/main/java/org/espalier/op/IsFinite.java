package org.espalier.op;

import org.espalier.DType;
import org.espalier.Tensor;

/// Where elements are neither NaN nor infinite. Integers and booleans always are finite.
public final class IsFinite {
  private IsFinite() {}

  /// Returns BOOL of the shape of `x`.
  public static Tensor apply(Tensor x) {
    if (!x.dtype().isFloating()) {
      return Tensor.full(DType.BOOL, x.device(), x.shape(), 1);
    }
    return x.detach().abs().less(Double.POSITIVE_INFINITY);
  }
}
