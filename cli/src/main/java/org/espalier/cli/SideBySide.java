package org.espalier.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.espalier.Device;
import org.espalier.Espalier;

/// Runs independent trainings at the same time, each with its share of the threads; what the last
/// ones leave idle goes to those that still run.
///
/// Short batches leave threads waiting for each other, which one thread for each training avoids
/// (measured: `docs/adr/0005`). The results are the same to the bit.
final class SideBySide {
  /// Heap that a second model of MiniLM's size, with moments and gradients, is sure to find room
  /// in.
  private static final long ROOM = 3L << 30;

  private SideBySide() {}

  /// Returns how many trainings to run at a time on a device: one on any but the CPU, which has all
  /// it can do with one.
  static int fitting(Device device) {
    if (!device.equals(Device.CPU)) {
      return 1;
    }
    return Runtime.getRuntime().maxMemory() < ROOM ? 1 : Math.min(2, Espalier.threads());
  }

  /// Runs the jobs, at most `atOnce` at a time, and returns their results in the order of the jobs.
  /// The first failure, in that order, is thrown; jobs that had not begun are then left out.
  static <T> List<T> run(int atOnce, List<Supplier<T>> jobs) {
    if (atOnce <= 1 || jobs.size() <= 1) {
      return jobs.stream().map(Supplier::get).toList();
    }
    int threads = Espalier.threads();
    AtomicInteger unfinished = new AtomicInteger(jobs.size());
    IntSupplier share = () -> threads / Math.min(atOnce, Math.max(1, unfinished.get()));
    try (ExecutorService pool =
        Executors.newFixedThreadPool(atOnce, Thread.ofPlatform().daemon().factory())) {
      List<Future<T>> futures = new ArrayList<>();
      for (Supplier<T> job : jobs) {
        futures.add(pool.submit(() -> withThreads(share, job, unfinished)));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> f : futures) {
        results.add(result(f, futures));
      }
      return results;
    }
  }

  private static <T> T withThreads(IntSupplier share, Supplier<T> job, AtomicInteger unfinished) {
    try {
      List<T> out = new ArrayList<>(1);
      Espalier.withThreads(share, () -> out.add(job.get()));
      return out.getFirst();
    } finally {
      unfinished.decrementAndGet();
    }
  }

  private static <T> T result(Future<T> one, List<Future<T>> all) {
    try {
      return one.get();
    } catch (ExecutionException e) {
      all.forEach(f -> f.cancel(false));
      if (e.getCause() instanceof RuntimeException fault) {
        throw fault;
      }
      if (e.getCause() instanceof Error fault) {
        throw fault;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      all.forEach(f -> f.cancel(false));
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted");
    }
  }
}
