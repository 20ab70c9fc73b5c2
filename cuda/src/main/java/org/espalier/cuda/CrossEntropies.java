package org.espalier.cuda;

import org.espalier.TensorException;
import org.espalier.spi.FusedKernel.CrossEntropy;
import org.espalier.spi.FusedKernel.CrossEntropyBackward;
import org.espalier.spi.View;

/// Cross-entropy and its gradient: `cross_entropy.cu`. A target that is no class shows at the next
/// wait.
final class CrossEntropies {
  private final CudaDevice device;
  private final Rows rows;

  /// Names the kernels of a device.
  CrossEntropies(CudaDevice device) {
    this.device = device;
    rows = new Rows(device, "cross_entropy");
  }

  /// Computes the loss of each row, and the sums that backward needs.
  void forward(CrossEntropy k) {
    if (k.loss().elements() > 0) {
      int classes = classes(k.logits());
      smoothed(rows.launch("cross_entropy", k.loss().elements(), classes), k.smoothing(), classes)
          .view(k.logits())
          .view(k.targets())
          .i32(k.ignoreIndex())
          .view(k.loss())
          .view(k.sums())
          .address(expect(classes))
          .run();
    }
  }

  /// Computes the gradient of the logits.
  void backward(CrossEntropyBackward k) {
    if (k.logits().elements() > 0) {
      int classes = classes(k.logits());
      int count = Rows.rows(k.logits());
      smoothed(rows.launchOnePass("cross_entropy_backward", count, classes), k.smoothing(), classes)
          .view(k.logits())
          .view(k.targets())
          .i32(k.ignoreIndex())
          .view(k.sums())
          .view(k.rowScale())
          .view(k.dlogits())
          .address(expect(classes))
          .run();
    }
  }

  private static int classes(View logits) {
    return Rows.columns(logits);
  }

  private static Launch smoothed(Launch launch, double smoothing, int classes) {
    return launch.f32(1 - smoothing).f32(classes == 0 ? 0 : smoothing / classes);
  }

  private long expect(int classes) {
    return device
        .faults()
        .expect((row, target) ->
            new TensorException(
                "cross-entropy: target "
                    + target
                    + " of row "
                    + row
                    + " is not one of "
                    + classes
                    + " classes; targets go from 0 to "
                    + (classes - 1)
                    + ", or are the ignore index"));
  }
}
