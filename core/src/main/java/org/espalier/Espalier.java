package org.espalier;

import java.util.Locale;
import java.util.function.IntSupplier;
import org.espalier.engine.Backends;
import org.espalier.memory.BufferPool;
import org.espalier.parallel.Workers;

/// What this installation is and has: for bug reports.
public final class Espalier {
  private Espalier() {}

  /// Runs `body` with at most this many threads in each operation; results are the same to the bit.
  /// Without it the system property `espalier.threads` decides, else the number of processors.
  ///
  /// @throws IllegalArgumentException when `threads` is not positive
  public static void withThreads(int threads, Runnable body) {
    Workers.limit(threads, body);
  }

  /// Runs `body` with a number of threads that may change while it runs: each operation asks anew.
  ///
  /// @param threads less than 1 counts as 1
  public static void withThreads(IntSupplier threads, Runnable body) {
    Workers.limit(threads, body);
  }

  /// Returns how many threads an operation on this thread may use: the innermost [#withThreads],
  /// else the system property `espalier.threads`, else the number of processors.
  public static int threads() {
    return Workers.threads();
  }

  /// Returns a few lines: Java, threads, memory, and each backend with its vector width or the
  /// reason why it is not usable.
  public static String describe() {
    StringBuilder s = new StringBuilder();
    Runtime r = Runtime.getRuntime();
    s.append(
        String.format(
            Locale.ROOT,
            "java %s, %s %s, %d processors, %d threads, heap up to %d MB%n",
            Runtime.version(),
            System.getProperty("os.name"),
            System.getProperty("os.arch"),
            r.availableProcessors(),
            Workers.threads(),
            r.maxMemory() >> 20));
    for (String line : Backends.describe()) {
      s.append(line).append(System.lineSeparator());
    }
    return s.append("pool ").append(BufferPool.shared().stats()).toString();
  }
}
