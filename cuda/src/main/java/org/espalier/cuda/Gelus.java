package org.espalier.cuda;

import org.espalier.spi.FusedKernel.Gelu;
import org.espalier.spi.FusedKernel.GeluBackward;

/// Gaussian error linear units and their gradients: `gelu.cu`.
final class Gelus {
  private final Kernel exact;
  private final Kernel exactBackward;
  private final Kernel approximate;
  private final Kernel approximateBackward;

  /// Names the kernels of a device.
  Gelus(CudaDevice device) {
    exact = device.kernel("gelu", "gelu");
    exactBackward = device.kernel("gelu", "gelu_backward");
    approximate = device.kernel("gelu", "gelu_tanh");
    approximateBackward = device.kernel("gelu", "gelu_tanh_backward");
  }

  /// Runs the forward pass.
  void forward(Gelu k) {
    int n = k.x().elements();
    if (n > 0) {
      Kernel kernel = k.tanh() ? approximate : exact;
      kernel.each(Math.ceilDiv(n, 4)).i32(n).view(k.x()).view(k.y()).run();
    }
  }

  /// Runs the backward pass.
  void backward(GeluBackward k) {
    int n = k.x().elements();
    if (n > 0) {
      Kernel kernel = k.tanh() ? approximateBackward : exactBackward;
      kernel.each(Math.ceilDiv(n, 4)).i32(n).view(k.x()).view(k.dy()).view(k.dx()).run();
    }
  }
}
