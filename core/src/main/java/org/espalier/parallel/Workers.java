package org.espalier.parallel;

import java.util.function.IntSupplier;
import org.espalier.TensorException;

/// Deterministic parallel-for: blocks of work on one shared pool of daemon threads.
///
/// Each thread begins with a contiguous range of the blocks, the caller with the first, so that
/// kernels that follow each other find their rows in the same cache; who is done helps the others
/// from the back of their ranges. A caller that finds the pool busy, or that is itself inside a
/// block, runs all its blocks alone: as a block's result may not depend on its thread, the bits are
/// the same. Idle workers spin for a moment and then park.
public final class Workers {
  private static final String PROPERTY = "espalier.threads";
  private static final ScopedValue<IntSupplier> LIMIT = ScopedValue.newInstance();
  private static final WorkerPool POOL = new WorkerPool();

  private Workers() {}

  /// The number of threads, the caller's among them, that a [#run] may use here: the limit of an
  /// enclosing [#limit], else the system property `espalier.threads`, else the number of
  /// processors.
  ///
  /// @throws TensorException if the property is not a positive number
  public static int threads() {
    return LIMIT.isBound() ? Math.max(1, LIMIT.get().getAsInt()) : Default.threads();
  }

  /// Runs `body` with a limit on the threads of every [#run] that it calls on this thread.
  ///
  /// @param threads may exceed the number of processors
  /// @throws TensorException if `threads` is not positive
  public static void limit(int threads, Runnable body) {
    if (threads < 1) {
      throw new TensorException(
          "The thread limit is " + threads + ", expected 1 or more; 1 means: on the caller alone.");
    }
    limit(() -> threads, body);
  }

  /// Runs `body` with a limit that is asked for anew by each [#run] that it calls on this thread.
  ///
  /// @param threads less than 1 counts as 1
  public static void limit(IntSupplier threads, Runnable body) {
    ScopedValue.where(LIMIT, threads).run(body);
  }

  /// Runs `task` once for each block `0 .. blocks - 1` and returns when all are done.
  ///
  /// When blocks throw, the caller receives the throwable of the lowest with the others suppressed.
  /// On one thread the blocks after it are left out; on several they run. The pool stays usable.
  public static void run(int blocks, BlockTask task) {
    int parties = blocks > 1 ? Math.min(threads(), blocks) : 1;
    if (parties == 1 || !POOL.tryRun(parties, blocks, task)) {
      for (int block = 0; block < blocks; block++) {
        task.run(block);
      }
    }
  }

  /// The property, read at first use and kept.
  private static final class Default {
    private static final String TEXT = System.getProperty(PROPERTY, "").strip();
    private static final int THREADS = parse();

    private static int parse() {
      if (TEXT.isEmpty()) {
        return Runtime.getRuntime().availableProcessors();
      }
      try {
        return Integer.parseInt(TEXT);
      } catch (NumberFormatException notNumber) {
        return 0;
      }
    }

    static int threads() {
      if (THREADS < 1) {
        throw new TensorException(
            "The system property "
                + PROPERTY
                + " is '"
                + TEXT
                + "', expected a number of threads from 1 up; leave it out to use all processors.");
      }
      return THREADS;
    }
  }
}
