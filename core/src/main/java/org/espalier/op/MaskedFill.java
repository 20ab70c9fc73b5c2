package org.espalier.op;

import org.espalier.Shape;
import org.espalier.Tensor;

/// A number in the places of a mask: `y = mask ? value : x`, with broadcasting; no gradient flows
/// to those places.
public final class MaskedFill {
  private MaskedFill() {}

  /// Returns `x` with `value` where `mask` is true.
  ///
  /// @throws org.espalier.TensorException when `mask` is not BOOL, or the dtype of an integer `x`
  ///   does not have the value
  public static Tensor apply(Tensor x, Tensor mask, double value) {
    Kernels.requireHas("maskedFill", x.dtype(), value);
    return Where.apply(mask, Tensor.full(x.dtype(), x.device(), Shape.SCALAR, value), x);
  }

  /// Returns `x` with the integer `value` where `mask` is true: exact in I64, beyond 2^53 too.
  ///
  /// @throws org.espalier.TensorException as for a double
  public static Tensor apply(Tensor x, Tensor mask, long value) {
    Kernels.requireHas("maskedFill", x.dtype(), value);
    return Where.apply(mask, Tensor.full(x.dtype(), x.device(), Shape.SCALAR, value), x);
  }
}
