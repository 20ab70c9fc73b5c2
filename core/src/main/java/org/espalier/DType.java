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

  /// Returns the dtype in which an operation on a tensor of this dtype and a `double` computes,
  /// whatever the number: a floating dtype its own (F16 and BF16 count as F32), all others F32.
  public DType withReal() {
    return floating ? promote(this, this) : F32;
  }

  /// Returns the dtype in which an operation on a tensor of this dtype and a `long` computes,
  /// whatever the number: its own, where F16 and BF16 count as F32 and BOOL as I32.
  public DType withInteger() {
    return this == BOOL ? I32 : promote(this, this);
  }

  /// Tells whether an element can be this number: any number is one of a floating dtype, rounded;
  /// I32 and I64 have the integers of their range, BOOL 0 and 1.
  public boolean has(double number) {
    return switch (this) {
      case BOOL -> number == 0 || number == 1;
      case I32 -> number == (int) number;
      case I64 -> number == Math.rint(number) && number >= -0x1p63 && number < 0x1p63;
      case F16, BF16, F32, F64 -> true;
    };
  }

  /// Tells whether an element can be this integer; see [#has(double)].
  public boolean has(long number) {
    return switch (this) {
      case BOOL -> number == 0 || number == 1;
      case I32 -> number == (int) number;
      case I64, F16, BF16, F32, F64 -> true;
    };
  }
}
