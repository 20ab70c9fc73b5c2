package org.espalier.cuda;

import org.espalier.random.DropoutMask;
import org.espalier.spi.FusedKernel.Dropout;

/// Dropout with the bits of [DropoutMask]: `dropout.cu`.
final class Dropouts {
  /// Columns that one thread has.
  private static final int COLUMNS = 8;

  private final CudaDevice device;
  private final Kernel kernel;

  /// Names the kernel of a device.
  Dropouts(CudaDevice device) {
    this.device = device;
    kernel = device.kernel("dropout", "dropout");
  }

  /// Drops, or multiplies a gradient by what was done to its element.
  void run(Dropout k) {
    int n = k.x().elements();
    if (n == 0) {
      return;
    }
    int threshold = DropoutMask.threshold(k.p());
    int columns = Rows.columns(k.x());
    int perRow = Math.ceilDiv(columns, DropoutMask.BLOCK) * (DropoutMask.BLOCK / COLUMNS);
    long threads = (long) Rows.rows(k.x()) * perRow;
    kernel
        .each((int) Math.min(threads, Integer.MAX_VALUE / 2))
        .i32(Rows.rows(k.x()))
        .i32(columns)
        .i32(threshold)
        .f32(DropoutMask.scale(threshold))
        .i32((int) k.seed())
        .i32((int) (k.seed() >>> Integer.SIZE))
        .i32(k.stream())
        .address(device.seedWords("dropout", k.seed()))
        .view(k.x())
        .view(k.y())
        .run();
  }
}
