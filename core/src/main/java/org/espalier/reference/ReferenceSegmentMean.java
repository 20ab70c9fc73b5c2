package org.espalier.reference;

import org.espalier.spi.FusedKernel;

/// The mean of the rows of each segment, and its gradient.
final class ReferenceSegmentMean {
  private ReferenceSegmentMean() {}

  /// `y[s] = mean of the rows of segment s`, 0 when it has none.
  static void forward(FusedKernel.SegmentMean kernel) {
    Cells x = new Cells(kernel.x());
    Cells y = new Cells(kernel.y());
    Segments segments = new Segments(kernel.offsets(), x.rows);
    for (int s = 0; s < segments.count; s++) {
      for (int j = 0; j < y.columns; j++) {
        double sum = 0;
        for (int row = segments.start(s); row < segments.end(s); row++) {
          sum += x.get(row * x.columns + j);
        }
        y.set(s * y.columns + j, segments.length(s) == 0 ? 0 : sum / segments.length(s));
      }
    }
  }

  /// `dx[i] = dy[s] / length of s` for the rows of segment `s`; rows of no segment get 0.
  static void backward(FusedKernel.SegmentMeanBackward kernel) {
    Cells dy = new Cells(kernel.dy());
    Cells dx = new Cells(kernel.dx());
    Segments segments = new Segments(kernel.offsets(), dx.rows);
    ReferenceElementwise.fill(kernel.dx(), 0);
    for (int s = 0; s < segments.count; s++) {
      for (int row = segments.start(s); row < segments.end(s); row++) {
        for (int j = 0; j < dx.columns; j++) {
          dx.set(row * dx.columns + j, dy.get(s * dy.columns + j) / segments.length(s));
        }
      }
    }
  }
}
