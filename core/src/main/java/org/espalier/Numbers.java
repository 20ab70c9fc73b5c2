package org.espalier;

/// Numbers beside tensors: as tensors of one element, in the dtype in which both compute.
final class Numbers {
  private Numbers() {}

  /// Returns a real number for arithmetic: it makes integers F32.
  static Tensor beside(Tensor t, double number) {
    return Tensor.full(t.dtype().withReal(), t.device(), Shape.SCALAR, number);
  }

  /// Returns an integer for arithmetic: it leaves integers what they are.
  ///
  /// @throws TensorException when the dtype does not have it
  static Tensor beside(Tensor t, long number) {
    DType dtype = t.dtype().withInteger();
    if (!dtype.has(number)) {
      throw new TensorException(
          dtype
              + " has no "
              + number
              + ": to compute with it, convert the tensor of shape "
              + t.shape()
              + " with to(DType.I64)");
    }
    return Tensor.full(dtype, t.device(), Shape.SCALAR, number);
  }

  /// Returns a real number for a comparison, which is exact: integers meet an integer as such, and
  /// anything else in F64.
  static Tensor against(Tensor t, double number) {
    if (t.dtype().isFloating()) {
      return beside(t, number);
    }
    return DType.I64.has(number)
        ? against(t, (long) number)
        : Tensor.full(DType.F64, t.device(), Shape.SCALAR, number);
  }

  /// Returns an integer for a comparison.
  static Tensor against(Tensor t, long number) {
    DType dtype = t.dtype().withInteger();
    DType wide = dtype.has(number) ? dtype : DType.I64;
    return Tensor.full(wide, t.device(), Shape.SCALAR, number);
  }
}
