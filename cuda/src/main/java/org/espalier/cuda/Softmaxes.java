package org.espalier.cuda;

import org.espalier.spi.FusedKernel.Softmax;
import org.espalier.spi.FusedKernel.SoftmaxBackward;

/// Softmax, its logarithm, and their gradients: `softmax.cu`.
final class Softmaxes {
  private final Rows rows;

  /// Names the kernels of a device.
  Softmaxes(CudaDevice device) {
    rows = new Rows(device, "softmax");
  }

  /// Runs the forward pass.
  void forward(Softmax k) {
    if (k.x().elements() > 0) {
      rows.launch(k.log() ? "log_softmax" : "softmax", Rows.rows(k.x()), Rows.columns(k.x()))
          .view(k.x())
          .view(k.y())
          .run();
    }
  }

  /// Runs the backward pass.
  void backward(SoftmaxBackward k) {
    if (k.y().elements() > 0) {
      String name = k.log() ? "log_softmax_backward" : "softmax_backward";
      rows.launch(name, Rows.rows(k.y()), Rows.columns(k.y()))
          .view(k.y())
          .view(k.dy())
          .view(k.dx())
          .run();
    }
  }
}
