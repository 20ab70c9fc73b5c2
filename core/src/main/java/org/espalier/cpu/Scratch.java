package org.espalier.cpu;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Memory that kernels need for a moment, kept for the next call.
///
/// A thread's row is as long as the longest row it has worked on. Shared scratch is one spare
/// array, the largest so far; whoever finds it taken makes another.
final class Scratch {
  private static final ThreadLocal<float[]> ROW = ThreadLocal.withInitial(() -> new float[0]);
  private static final AtomicReference<float @Nullable []> SPARE =
      new AtomicReference<>(new float[0]);

  private Scratch() {}

  /// Returns at least `n` floats of this thread with undefined contents; the next call on this
  /// thread may return them again.
  static float[] row(int n) {
    float[] row = ROW.get();
    if (row.length < n) {
      row = new float[Math.max(n, 1024)];
      ROW.set(row);
    }
    return row;
  }

  /// Returns at least `n` floats with undefined contents, to be given back.
  static float[] take(int n) {
    float @Nullable [] spare = SPARE.getAndSet(null);
    return spare != null && spare.length >= n ? spare : new float[n];
  }

  /// Gives back what [#take] returned.
  static void giveBack(float[] scratch) {
    float @Nullable [] spare = SPARE.get();
    if (spare == null || spare.length < scratch.length) {
      SPARE.set(scratch);
    }
  }
}
