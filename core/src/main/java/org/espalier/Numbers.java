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

  /// Returns a real number to be equal to. Comparisons are exact: integers meet an integer as such,
  /// and are equal to nothing else.
  static Tensor against(Tensor t, double number) {
    if (t.dtype().isFloating()) {
      return beside(t, number);
    }
    if (DType.I64.has(number)) {
      return against(t, (long) number);
    }
    // Beyond all integers is infinity; NaN, and what lies between two integers, equals none.
    double other = Math.abs(number) < 0x1p63 ? Double.NaN : number * Double.POSITIVE_INFINITY;
    return Tensor.full(DType.F32, t.device(), Shape.SCALAR, other);
  }

  /// Returns a bound from below: integers are less than `number` where they are less than the next
  /// integer above it.
  static Tensor ceiling(Tensor t, double number) {
    return against(t, t.dtype().isFloating() ? number : Math.ceil(number));
  }

  /// Returns a bound from above: integers are greater than `number` where they are greater than the
  /// next integer below it.
  static Tensor floor(Tensor t, double number) {
    return against(t, t.dtype().isFloating() ? number : Math.floor(number));
  }

  /// Returns an integer for a comparison.
  static Tensor against(Tensor t, long number) {
    DType dtype = t.dtype().withInteger();
    DType wide = dtype.has(number) ? dtype : DType.I64;
    return Tensor.full(wide, t.device(), Shape.SCALAR, number);
  }
}
