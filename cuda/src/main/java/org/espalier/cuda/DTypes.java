package org.espalier.cuda;

import java.util.Locale;
import org.espalier.DType;
import org.espalier.TensorException;

/// The dtypes in the names of kernels: `f32`, `i64`, `bool`, ...
final class DTypes {
  private DTypes() {}

  /// Returns the suffix of a dtype.
  static String suffix(DType dtype) {
    return dtype.name().toLowerCase(Locale.ROOT);
  }

  /// Returns the error of a kernel that does not exist.
  static TensorException none(Object kernel, DType dtype) {
    return new TensorException(
        kernel
            + " in "
            + dtype
            + " is not there on cuda; compute in F32 with to(DType.F32), or on the cpu with"
            + " to(Device.CPU)");
  }
}
