package org.espalier.reference;

import org.espalier.random.DropoutMask;
import org.espalier.spi.FusedKernel;

/// Dropout (Srivastava et al. 2014): zero with probability `p`, else divided by the probability of
/// being kept.
final class ReferenceDropout {
  private ReferenceDropout() {}

  /// `y = dropped(row, column) ? 0 : x * scale`.
  static void forward(FusedKernel.Dropout kernel) {
    Cells x = new Cells(kernel.x());
    Cells y = new Cells(kernel.y());
    int threshold = DropoutMask.threshold(kernel.p());
    double scale = scale(threshold);
    for (int row = 0; row < x.rows; row++) {
      int key = DropoutMask.rowKey(kernel.seed(), kernel.stream(), row);
      for (int column = 0; column < x.columns; column++) {
        int i = row * x.columns + column;
        y.set(i, DropoutMask.dropped(key, column, threshold) ? 0 : x.get(i) * scale);
      }
    }
  }

  /// Returns the factor of what is kept, in double: `1 / (1 - p)` for the `p` that the threshold
  /// stands for.
  static double scale(int threshold) {
    return threshold >= 65536 ? 0 : 65536.0 / (65536 - threshold);
  }
}
