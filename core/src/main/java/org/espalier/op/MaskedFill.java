package org.espalier.op;

import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;

/// A number in the places of a mask: `y = mask ? value : x`, with broadcasting; no gradient flows
/// to those places.
public final class MaskedFill {
  private MaskedFill() {}

  /// Returns `x` with `value` where `mask` is true.
  ///
  /// @throws TensorException when `mask` is not BOOL, or the dtype of an integer `x` does not have
  ///   the value
  public static Tensor apply(Tensor x, Tensor mask, double value) {
    DType own = x.dtype();
    if (!own.isFloating()
        && (own == DType.BOOL ? value != 0 && value != 1 : DType.promote(own, value) != own)) {
      throw new TensorException(
          "maskedFill: " + own + " has no " + value + "; cast with to(DType.F32) first");
    }
    return Where.apply(mask, Tensor.full(own, x.device(), Shape.SCALAR, value), x);
  }
}
