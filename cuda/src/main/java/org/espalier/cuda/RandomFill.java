package org.espalier.cuda;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.espalier.spi.RandomKernel;
import org.espalier.spi.View;

/// Random numbers with the bits of every other backend: `random.cu`.
final class RandomFill {
  private final CudaDevice device;
  private final Map<String, Kernel> kernels = new HashMap<>();

  /// Names the kernels of a device.
  RandomFill(CudaDevice device) {
    this.device = device;
  }

  /// Fills with the numbers from `position` on.
  void fill(RandomKernel kernel, long seed, long stream, long position, View out) {
    if (!out.dtype().isFloating()) {
      throw DTypes.none(kernel, out.dtype());
    }
    int n = out.elements();
    if (n > 0) {
      kernel(kernel.name().toLowerCase(Locale.ROOT) + "_" + DTypes.suffix(out.dtype()))
          .each(n)
          .struct(Axes.of(out).members())
          .i32(n)
          .i64(seed)
          .i64(stream)
          .i64(position)
          .view(out)
          .run();
    }
  }

  private synchronized Kernel kernel(String name) {
    return kernels.computeIfAbsent(name, k -> device.kernel("random", k));
  }
}
