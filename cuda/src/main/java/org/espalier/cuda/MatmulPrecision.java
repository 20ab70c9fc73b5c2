package org.espalier.cuda;

import java.util.Arrays;
import java.util.Locale;
import org.espalier.TensorException;

/// How exactly a device multiplies matrices of F32: the three of PyTorch's
/// `set_float32_matmul_precision`. Sums are in F32 in each; what is lost are digits of the factors.
///
/// The first is the default. The others use tensor cores, which are several times as fast, and need
/// compute capability 8.0.
public enum MatmulPrecision {
  /// Factors keep their 24 bits.
  HIGHEST,

  /// Factors are rounded to TF32: 11 bits, and the exponents of F32. An element of a product of
  /// matrices is off by at most about `2^-10 sum |a| |b|`.
  HIGH,

  /// Factors are rounded to BF16: 8 bits, and the exponents of F32. An element of a product of
  /// matrices is off by at most about `2^-7 sum |a| |b|`. The products inside attention are rounded
  /// too, in heads of up to 128 columns.
  MEDIUM;

  /// Names the precision that devices begin with.
  static final String PROPERTY = "espalier.cuda.matmulPrecision";

  /// The compute capability, times ten, whose tensor cores take TF32 and BF16.
  private static final int OF_TENSOR_CORES = 80;

  /// Returns what the system property says; [#HIGHEST] when it is not set.
  static MatmulPrecision ofProperty() {
    String name = System.getProperty(PROPERTY, HIGHEST.toString());
    for (MatmulPrecision precision : values()) {
      if (precision.toString().equals(name)) {
        return precision;
      }
    }
    throw new TensorException(
        "-D" + PROPERTY + "=" + name + " is none of " + Arrays.toString(values()));
  }

  /// Checks that a device has it.
  ///
  /// @throws TensorException when its compute capability is below 8.0
  void require(DeviceInfo device) {
    if (this != HIGHEST && device.capability() < OF_TENSOR_CORES) {
      throw new TensorException(
          "matmul precision '"
              + this
              + "' needs tensor cores of compute capability 8.0 or higher; "
              + device
              + " multiplies in '"
              + HIGHEST
              + "' alone");
    }
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
