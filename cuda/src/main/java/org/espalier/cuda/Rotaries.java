package org.espalier.cuda;

import org.espalier.TensorException;
import org.espalier.spi.FusedKernel.Rotary;

/// Rotary position embedding: `rotary.cu`. A position beyond the tables shows at the next wait.
final class Rotaries {
  /// Heads, and pairs of each, that one thread turns.
  private static final int HEADS = 4;

  private static final int PAIRS = 4;

  private final CudaDevice device;
  private final Kernel halves;
  private final Kernel neighbours;

  /// Names the kernels of a device.
  Rotaries(CudaDevice device) {
    this.device = device;
    halves = device.kernel("rotary", "rotary_halves");
    neighbours = device.kernel("rotary", "rotary_neighbours");
  }

  /// Turns all rows.
  void run(Rotary k) {
    if (k.x().elements() == 0) {
      return;
    }
    int rows = k.positions().elements();
    int half = k.cos().shape().size(1);
    int heads = Rows.columns(k.x()) / (2 * half);
    int count = k.cos().shape().size(0);
    (k.interleaved() ? neighbours : halves)
        .each(rows * Math.ceilDiv(heads, HEADS) * Math.ceilDiv(half, PAIRS))
        .i32(rows)
        .i32(heads)
        .i32(half)
        .i32(count)
        .i32(k.inverse() ? 1 : 0)
        .view(k.x())
        .view(k.positions())
        .view(k.cos())
        .view(k.sin())
        .view(k.y())
        .address(expect(count))
        .run();
  }

  private long expect(int count) {
    return device
        .faults()
        .expect((row, position) ->
            new TensorException(
                "rotary: position "
                    + position
                    + " of row "
                    + row
                    + " is outside the table of "
                    + count
                    + " rows; positions go from 0 to "
                    + (count - 1)));
  }
}
