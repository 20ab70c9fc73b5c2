package org.espalier.parallel;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The threads behind [Workers]: one job at a time, no allocation per job.
///
/// Whoever flips `busy` owns the plain fields. A worker sees them because its ticket is written
/// after them and read before them, and the owner waits until `pending` is 0 before it lets go.
final class WorkerPool {
  /// Long enough to bridge the gap between two kernels of a step, short enough not to burn an idle
  /// processor.
  private static final long SPIN_NANOS = 100_000;

  private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

  private final AtomicBoolean busy = new AtomicBoolean();
  private final AtomicInteger pending = new AtomicInteger();
  private volatile @Nullable Thread waiter;
  private Worker[] workers = new Worker[0];
  private int parties;
  private int blocks;
  private long spinNanos;
  private @Nullable BlockTask task;

  /// Runs the job and returns true, or returns false at once when another job is under way.
  boolean tryRun(int parties, int blocks, BlockTask task) {
    if (!busy.compareAndSet(false, true)) {
      return false;
    }
    Throwable failure = null;
    try {
      hire(parties - 1);
      this.parties = parties;
      this.blocks = blocks;
      this.task = task;
      // Threads beyond the processors would spin at the expense of the thread they wait for.
      spinNanos = parties <= PROCESSORS ? SPIN_NANOS : 0;
      pending.set(parties - 1);
      for (int i = 0; i < parties - 1; i++) {
        workers[i].wake();
      }
      try {
        runShare(0);
      } catch (Throwable thrown) {
        failure = thrown;
      }
      awaitWorkers();
      for (int i = 0; i < parties - 1; i++) {
        failure = merge(failure, workers[i].takeFailure());
      }
    } finally {
      this.task = null;
      busy.set(false);
    }
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure instanceof RuntimeException exception) {
      throw exception;
    }
    return true;
  }

  private void hire(int count) {
    int have = workers.length;
    if (have < count) {
      Worker[] more = Arrays.copyOf(workers, count);
      for (int i = have; i < count; i++) {
        more[i] = new Worker(this, i + 1);
        more[i].start();
      }
      workers = more;
    }
  }

  private void runShare(int party) {
    BlockTask work = task;
    if (work != null) {
      int end = (int) ((long) blocks * (party + 1) / parties);
      for (int block = (int) ((long) blocks * party / parties); block < end; block++) {
        work.run(block);
      }
    }
  }

  private void awaitWorkers() {
    long deadline = System.nanoTime() + spinNanos;
    while (pending.get() != 0 && spinNanos != 0 && System.nanoTime() - deadline < 0) {
      Thread.onSpinWait();
    }
    if (pending.get() != 0) {
      waiter = Thread.currentThread();
      while (pending.get() != 0) {
        LockSupport.park(this);
      }
      waiter = null;
    }
  }

  private static @Nullable Throwable merge(@Nullable Throwable first, @Nullable Throwable next) {
    if (first == null) {
      return next;
    }
    if (next != null && !next.equals(first)) {
      first.addSuppressed(next);
    }
    return first;
  }

  private static final class Worker extends Thread {
    private final WorkerPool pool;
    private final int party;
    private volatile int ticket;
    private volatile boolean parked;
    private @Nullable Throwable failure;

    Worker(WorkerPool pool, int party) {
      super(null, null, "espalier-worker-" + party, 0, false);
      this.pool = pool;
      this.party = party;
      setDaemon(true);
      // The pool outlives whoever called first: it must not hold that caller's class loader.
      setContextClassLoader(null);
    }

    // One writer at a time: the owner of the pool.
    @SuppressWarnings("NonAtomicVolatileUpdate")
    void wake() {
      ticket = ticket + 1;
      if (parked) {
        LockSupport.unpark(this);
      }
    }

    @Nullable Throwable takeFailure() {
      Throwable taken = failure;
      failure = null;
      return taken;
    }

    @Override
    public void run() {
      int seen = 0;
      long spin = SPIN_NANOS;
      while (true) {
        awaitTicket(seen, spin);
        seen = seen + 1;
        spin = pool.spinNanos;
        try {
          pool.runShare(party);
        } catch (Throwable thrown) {
          failure = thrown;
        }
        if (pool.pending.decrementAndGet() == 0) {
          Thread sleeper = pool.waiter;
          if (sleeper != null) {
            LockSupport.unpark(sleeper);
          }
        }
      }
    }

    private void awaitTicket(int seen, long spinNanos) {
      long deadline = System.nanoTime() + spinNanos;
      while (ticket == seen && spinNanos != 0 && System.nanoTime() - deadline < 0) {
        Thread.onSpinWait();
      }
      while (ticket == seen) {
        parked = true;
        if (ticket == seen) {
          LockSupport.park(pool);
        }
        parked = false;
        // A stray interrupt would turn parking into a busy loop.
        Thread.interrupted();
      }
    }
  }
}
