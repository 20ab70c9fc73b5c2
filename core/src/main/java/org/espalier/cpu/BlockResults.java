package org.espalier.cpu;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// One number for each block of 4096 elements of a long row. Threads share the blocks, and whoever
/// takes the numbers together in order gets the same bits from any number of threads.
final class BlockResults {
  /// Elements of a block; the last may have fewer.
  static final int BLOCK = 4096;

  /// One array that is not in use, so that none is made in a steady state.
  private static final AtomicReference<double @Nullable []> SPARE =
      new AtomicReference<>(new double[0]);

  private BlockResults() {}

  /// Finds the number of a block.
  @FunctionalInterface
  interface OfBlock {
    /// Returns the number for the elements from `first` on.
    double of(int first, int length);
  }

  /// Returns how many blocks so many elements have.
  static int count(int n) {
    return Math.ceilDiv(n, BLOCK);
  }

  /// Returns the numbers of all blocks, in an array that may be longer; [#giveBack] it.
  static double[] of(int n, OfBlock block) {
    int blocks = count(n);
    double @Nullable [] spare = SPARE.getAndSet(null);
    double[] results = spare != null && spare.length >= blocks ? spare : new double[blocks];
    Ranges.run(
        blocks,
        BLOCK,
        (from, to) -> {
          for (int i = from; i < to; i++) {
            results[i] = block.of(i * BLOCK, Math.min(BLOCK, n - i * BLOCK));
          }
        });
    return results;
  }

  /// Ends the use of an array.
  static void giveBack(double[] results) {
    SPARE.set(results);
  }
}
