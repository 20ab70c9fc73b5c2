package org.espalier.cuda;

import org.espalier.DType;
import org.espalier.spi.FusedKernel;

/// Which fused kernels there are, and the family that runs each.
final class Fused {
  /// Names the kernels of a device.
  Fused(CudaDevice device) {}

  /// Tells whether `run` computes kernels of that kind in that dtype.
  boolean supports(Class<? extends FusedKernel> kernel, DType dtype) {
    return false;
  }

  /// Runs a kernel that `supports` promised.
  void run(FusedKernel kernel) {
    throw DTypes.none(kernel.getClass().getSimpleName(), DType.F32);
  }
}
