package org.espalier.io;

import org.espalier.DType;
import org.jspecify.annotations.Nullable;

/// The element types of the safetensors format, in the format's own order, and the dtype each is
/// read as: the same one, or the next wider one that holds every value exactly.
public enum SafetensorsType {
  /// One byte, zero or one.
  BOOL(8, DType.BOOL),
  /// 4-bit floating point; listed, not read.
  F4(4, null),
  /// 6-bit floating point; listed, not read.
  F6_E2M3(6, null),
  /// 6-bit floating point; listed, not read.
  F6_E3M2(6, null),
  /// Unsigned byte, read as `I32`.
  U8(8, DType.I32),
  /// Signed byte, read as `I32`.
  I8(8, DType.I32),
  /// 8-bit floating point; listed, not read.
  F8_E5M2(8, null),
  /// 8-bit floating point; listed, not read.
  F8_E4M3(8, null),
  /// 8-bit scale; listed, not read.
  F8_E8M0(8, null),
  /// 8-bit floating point; listed, not read.
  F8_E4M3FNUZ(8, null),
  /// 8-bit floating point; listed, not read.
  F8_E5M2FNUZ(8, null),
  /// 16-bit signed integer, read as `I32`.
  I16(16, DType.I32),
  /// 16-bit unsigned integer, read as `I32`.
  U16(16, DType.I32),
  /// IEEE half precision.
  F16(16, DType.F16),
  /// The upper half of an `F32`.
  BF16(16, DType.BF16),
  /// 32-bit signed integer.
  I32(32, DType.I32),
  /// 32-bit unsigned integer, read as `I64`.
  U32(32, DType.I64),
  /// IEEE single precision.
  F32(32, DType.F32),
  /// Pairs of `F32`; listed, not read.
  C64(64, null),
  /// IEEE double precision.
  F64(64, DType.F64),
  /// 64-bit signed integer.
  I64(64, DType.I64),
  /// 64-bit unsigned integer; listed, not read.
  U64(64, null);

  private final int bits;
  private final @Nullable DType dtype;

  SafetensorsType(int bits, @Nullable DType dtype) {
    this.bits = bits;
    this.dtype = dtype;
  }

  /// How many bits an element takes.
  public int bits() {
    return bits;
  }

  /// The dtype it is read as, or null when this library has none that holds every value.
  public @Nullable DType dtype() {
    return dtype;
  }

  /// The type that stores a dtype.
  static SafetensorsType of(DType dtype) {
    return switch (dtype) {
      case BOOL -> BOOL;
      case I32 -> I32;
      case I64 -> I64;
      case F16 -> F16;
      case BF16 -> BF16;
      case F32 -> F32;
      case F64 -> F64;
    };
  }
}
