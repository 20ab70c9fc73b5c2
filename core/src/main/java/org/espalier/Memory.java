package org.espalier;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.espalier.engine.Handles;
import org.espalier.memory.BufferPool;
import org.espalier.spi.HeapStorage;
import org.espalier.spi.Storage;

/// How much memory tensors on the CPU take, and how much lies ready for the next.
///
/// ```java
/// Memory.resetPeak();
/// try (Scope scope = Scope.open()) {
///   scope.keep(x.matmul(x).sum());
/// }
/// long peak = Memory.stats().peakBytes(); // of the product above
/// ```
///
/// Arrays come from a pool and go back to it when the last handle of an open [Scope] and the last
/// graph that needs them let go. The pool keeps at most a quarter of the largest heap, or the bytes
/// of the system property `espalier.pool.maxBytes`.
public final class Memory {
  private Memory() {}

  /// What the tensors of this process take on the heap; a snapshot while other threads go on.
  ///
  /// @param liveBytes bytes of arrays that tensors and graphs hold, each rounded up to the length
  ///   the pool hands out (at most an eighth more). A tensor outside any scope counts on after the
  ///   garbage collector took it. Not in it: packed copies of weights and the kernels' work spaces
  /// @param pooledBytes bytes of free arrays, ready for the next tensors
  /// @param peakBytes the largest `liveBytes` since the start or [#resetPeak]
  public record Stats(long liveBytes, long pooledBytes, long peakBytes) {}

  /// Returns what is taken now.
  public static Stats stats() {
    var s = BufferPool.shared().stats();
    return new Stats(s.liveBytes(), s.pooledBytes(), s.peakBytes());
  }

  /// Lets the peak begin again at what is live now.
  public static void resetPeak() {
    BufferPool.shared().resetPeak();
  }

  /// Gives all free arrays to the garbage collector: after the largest batch, or before another
  /// part of the program needs the heap. What tensors hold stays.
  public static void trim() {
    BufferPool.shared().trim();
  }

  /// Returns the bytes that these tensors hold together, in the measure of [Stats#liveBytes]:
  /// memory that several of them view counts once.
  ///
  /// @throws TensorException when one is closed
  public static long bytesOf(List<Tensor> tensors) {
    Set<Storage> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    long bytes = 0;
    for (Tensor t : tensors) {
      Storage s = Handles.view(t).storage();
      if (seen.add(s)) {
        bytes +=
            s instanceof HeapStorage
                ? BufferPool.bytes(s.dtype(), s.size())
                : (long) s.size() * s.dtype().bytes();
      }
    }
    return bytes;
  }
}
