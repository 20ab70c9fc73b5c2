package org.espalier.op;

import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;

/// The elements of a tensor where a mask is true, in row-major order, as a vector. The gradient
/// goes back to their places.
public final class MaskedSelect {
  private MaskedSelect() {}

  /// Returns `[n]` for a mask that is true `n` times; `x` and `mask` broadcast. The shape depends
  /// on the mask, which is read on the host.
  ///
  /// @throws TensorException when `mask` is not BOOL or does not fit
  public static Tensor apply(Tensor x, Tensor mask) {
    if (mask.dtype() != DType.BOOL) {
      throw new TensorException("maskedSelect needs a BOOL mask, not " + mask.dtype());
    }
    Shape shape = x.shape().broadcast(mask.shape());
    Tensor places = Tensor.of(Nonzero.places(mask.expand(shape)));
    return Rows.apply(x.expand(shape).reshape(shape.elements()), places.to(x.device()));
  }
}
