package org.espalier.multitask.train;

import java.lang.management.ManagementFactory;
import java.util.Locale;
import org.espalier.Memory;
import org.espalier.nn.optim.AdamW;

/// A program, not a test: trains a small model for long and prints, after a collection every so
/// many steps, what the heap holds. A flat curve is a step that leaves nothing behind.
///
/// Arguments: steps (10000), steps between lines (1000).
public final class Soak {
  private Soak() {}

  /// Prints the curve.
  public static void main(String[] args) {
    int steps = args.length > 0 ? Integer.parseInt(args[0]) : 10_000;
    int every = args.length > 1 ? Integer.parseInt(args[1]) : 1_000;
    SharedBert model = new SharedBert(SharedBert.MINUTE, 0.1, 1e-3, AdamW.SparseRows.TOUCHED);
    SharedBert.Data[] batches = {
      model.new Data(1, 3, 1, 5), model.new Data(2, 2, 7), model.new Data(3, 9, 9, 9, 9)
    };
    for (int step = 0; step <= steps; step++) {
      double loss = model.step(batches[step % batches.length], step);
      if (step % every == 0) {
        for (int i = 0; i < 3; i++) {
          System.gc();
        }
        var heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        var stats = Memory.stats();
        System.out.printf(
            Locale.ROOT,
            "step %5d heap %.3f MB, live %d, pooled %d, peak %d bytes, loss %.4f%n",
            step,
            heap.getUsed() / 1e6,
            stats.liveBytes(),
            stats.pooledBytes(),
            stats.peakBytes(),
            loss);
      }
    }
  }
}
