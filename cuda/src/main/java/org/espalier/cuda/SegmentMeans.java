package org.espalier.cuda;

import org.espalier.TensorException;
import org.espalier.spi.FusedKernel.SegmentMean;
import org.espalier.spi.FusedKernel.SegmentMeanBackward;

/// Means of runs of rows and their gradients: `segment.cu`. Wrong offsets show at the next wait.
final class SegmentMeans {
  /// Columns of a block.
  private static final int COLUMNS = 128;

  /// Rows of a block, backward.
  private static final int TILE = 32;

  private static final int MOST_BLOCKS = 65535; // along y

  private final CudaDevice device;
  private final Kernel forward;
  private final Kernel backward;

  /// Names the kernels of a device.
  SegmentMeans(CudaDevice device) {
    this.device = device;
    forward = device.kernel("segment", "segment_mean");
    backward = device.kernel("segment", "segment_mean_backward");
  }

  /// Computes the means.
  void forward(SegmentMean k) {
    int columns = Rows.columns(k.x());
    int segments = k.offsets().elements() - 1;
    if (columns > 0) {
      forward
          .grid(
              Math.ceilDiv(columns, COLUMNS),
              Math.clamp(segments, 1, MOST_BLOCKS),
              1,
              Launch.THREADS,
              1,
              1)
          .i32(segments)
          .i32(k.x().shape().size(0))
          .i32(columns)
          .view(k.x())
          .view(k.offsets())
          .view(k.y())
          .address(expect(device, "segmentMean", k.x().shape().size(0)))
          .run();
    }
  }

  /// Computes the gradient of the rows.
  void backward(SegmentMeanBackward k) {
    int columns = Rows.columns(k.dx());
    int rows = k.dx().shape().size(0);
    if (columns > 0) {
      int segments = k.offsets().elements() - 1;
      int tiles = rows / TILE + segments + 2;
      backward
          .grid(
              Math.ceilDiv(columns, COLUMNS), Math.min(tiles, MOST_BLOCKS), 1, Launch.THREADS, 1, 1)
          .i32(segments)
          .i32(rows)
          .i32(columns)
          .i32(tiles)
          .view(k.dy())
          .view(k.offsets())
          .view(k.dx())
          .address(expect(device, "segmentMean", rows))
          .run();
    }
  }

  /// Returns the word in which a kernel reports an offset that is wrong.
  static long expect(CudaDevice device, String what, int rows) {
    return device
        .faults()
        .expect((place, offset) ->
            new TensorException(
                what
                    + ": offset "
                    + offset
                    + " at place "
                    + place
                    + " is below the one before it, or beyond the "
                    + rows
                    + " rows; offsets are the rows where sequences begin, then the row where"
                    + " the last one ends"));
  }
}
