package org.espalier.cuda;

import java.util.Set;
import org.espalier.DType;
import org.espalier.spi.FusedKernel;

/// Which fused kernels there are, and the family that runs each.
final class Fused {
  /// Those that compute in F32; ops compose primitives for the others.
  private static final Set<Class<? extends FusedKernel>> SINGLE =
      Set.of(FusedKernel.AdamW.class, FusedKernel.Dot.class);

  private final AdamWSteps adamW;
  private final Dots dots;

  /// Names the kernels of a device.
  Fused(CudaDevice device, Copies copies, Reductions reductions, Scans scans, Indexing indexing) {
    adamW = new AdamWSteps(device, scans, indexing);
    dots = new Dots(device, copies, reductions);
  }

  /// Tells whether `run` computes kernels of that kind in that dtype.
  boolean supports(Class<? extends FusedKernel> kernel, DType dtype) {
    return (dtype == DType.F32 && SINGLE.contains(kernel))
        || (dtype == DType.F64 && kernel == FusedKernel.Dot.class);
  }

  /// Runs a kernel that `supports` promised.
  void run(FusedKernel kernel) {
    switch (kernel) {
      case FusedKernel.AdamW k -> adamW.run(k);
      case FusedKernel.Dot k -> dots.run(k);
      default -> throw DTypes.none(kernel.getClass().getSimpleName(), DType.F32);
    }
  }
}
