package org.espalier;

/// The type of a tensor's elements.
///
/// The order is the order of promotion: an operation on two dtypes computes in the later one.
public enum DType {
  /// True or false, one byte each.
  BOOL(1, false),
  /// 32-bit signed integer.
  I32(4, false),
  /// 64-bit signed integer.
  I64(8, false),
  /// IEEE 754 half precision, for storage: whatever computes with it converts to F32 first.
  F16(2, true),
  /// The upper half of an F32 (Kalamkar et al. 2019), for storage: whatever computes with it
  /// converts to F32 first.
  BF16(2, true),
  /// IEEE 754 single precision: the dtype of training.
  F32(4, true),
  /// IEEE 754 double precision: the dtype of gradient checks.
  F64(8, true);

  private final int bytes;
  private final boolean floating;

  DType(int bytes, boolean floating) {
    this.bytes = bytes;
    this.floating = floating;
  }

  /// Returns the bytes of one element.
  public int bytes() {
    return bytes;
  }

  /// Tells whether elements are real numbers, so that gradients exist.
  public boolean isFloating() {
    return floating;
  }

  /// Tells whether elements are stored in 16 bits, and computed with in F32.
  public boolean isHalf() {
    return this == F16 || this == BF16;
  }

  /// Returns the dtype in which an operation on `a` and `b` computes: the later one of `BOOL < I32
  /// < I64 < F32 < F64`, where F16 and BF16 count as F32.
  public static DType promote(DType a, DType b) {
    DType later = a.compareTo(b) >= 0 ? a : b;
    return later.isHalf() ? F32 : later;
  }

  /// Returns the dtype in which an operation on a tensor of dtype `a` and a number computes: that
  /// of the tensor when it has the number, where F16 and BF16 count as F32 and BOOL as I32. A
  /// floating dtype has every number, rounded; an integer dtype has the integers of its range, and
  /// the first of I32, I64 and F32 after it is used for others.
  public static DType promote(DType a, double number) {
    if (a.floating) {
      return promote(a, a);
    }
    if (number != Math.rint(number)) {
      return F32;
    }
    if (a != I64 && number >= Integer.MIN_VALUE && number <= Integer.MAX_VALUE) {
      return I32;
    }
    return number >= -0x1p63 && number < 0x1p63 ? I64 : F32;
  }
}
