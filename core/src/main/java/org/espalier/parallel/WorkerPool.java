package org.espalier.parallel;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The threads behind [Workers]: one job at a time, no allocation per job.
///
/// Each party has a range of a job's claims in one word. It takes them from the front; who has none
/// left takes from the back of another's. So a thread that is slow, asleep or off its processor
/// costs the job no more than the claim it holds.
///
/// Whoever flips `busy` owns the plain fields. A thread reads them only after a claim succeeded:
/// the words are written after them, and the owner does not let go before every claim is done. A
/// word carries the number of its job, so a thread that comes too late can claim nothing of the
/// next one.
final class WorkerPool {
  /// Long enough to bridge what a step does on one thread (waking a parked thread costs some 50
  /// microseconds; with a tenth of this, short steps took 4 % longer), short enough not to burn an
  /// idle processor.
  private static final long SPIN_NANOS = 1_000_000;

  /// Each attempt to start a thread that the machine does not have makes the JVM print a warning.
  private static final long RETRY_NANOS = 10_000_000_000L;

  private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

  /// Most claims of a job: both ends of a range fit a word beside the job's number.
  private static final int MOST_CLAIMS = 1 << 15;

  private static final long NEXT = 1L << 16;
  private static final long HALF_MASK = NEXT - 1;

  /// Words apart from each other by two cache lines: claiming must not slow down the neighbour.
  private static final int APART = 16;

  private final Consumer<Thread> starter;
  private final long retryNanos;
  private final AtomicBoolean busy = new AtomicBoolean();
  private final AtomicInteger unfinished = new AtomicInteger();
  private volatile @Nullable Thread waiter;
  private volatile AtomicLongArray words = new AtomicLongArray(2 * APART);
  private Worker[] workers = new Worker[0];
  private int job;
  private int blocks;
  private int blocksPerClaim;
  private long spinNanos;
  private boolean refused;
  private long refusedAt;
  private @Nullable BlockTask task;
  private final Map<Integer, Throwable> failures;
  private @Nullable Throwable unordered;

  WorkerPool() {
    this(Thread::start, RETRY_NANOS, new TreeMap<>());
  }

  /// What may fail comes from outside.
  ///
  /// @param starter starts a worker, or throws when the machine has no thread to give
  /// @param retryNanos how long to go on with fewer workers then
  /// @param failures where those of the blocks are noted
  WorkerPool(Consumer<Thread> starter, long retryNanos, Map<Integer, Throwable> failures) {
    this.starter = starter;
    this.retryNanos = retryNanos;
    this.failures = failures;
  }

  /// Runs the job and returns true, or returns false at once when another job is under way.
  boolean tryRun(int wanted, int blocks, BlockTask task) {
    if (!busy.compareAndSet(false, true)) {
      return false;
    }
    Throwable failure;
    try {
      int parties = 1 + hire(wanted - 1);
      this.blocks = blocks;
      this.task = task;
      // Threads beyond the processors would spin at the expense of the thread they wait for.
      spinNanos = parties <= PROCESSORS ? SPIN_NANOS : 0;
      blocksPerClaim = Math.ceilDiv(blocks, MOST_CLAIMS);
      int claims = Math.ceilDiv(blocks, blocksPerClaim);
      unfinished.set(claims);
      job++;
      for (int party = parties - 1; party >= 0; party--) {
        long from = (long) claims * party / parties;
        long end = (long) claims * (party + 1) / parties;
        words.set(slot(party), (long) job << 32 | from << 16 | end);
      }
      for (int i = 0; i < parties - 1; i++) {
        workers[i].wake();
      }
      work(0);
      awaitOthers();
      failure = takeFailure();
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

  /// Makes sure of so many workers, and returns how many of them there are: fewer when the machine
  /// has no thread to give, which a later job tries again.
  private int hire(int count) {
    int have = workers.length;
    if (have < count && !(refused && System.nanoTime() - refusedAt < retryNanos)) {
      AtomicLongArray more = new AtomicLongArray(slot(count + 1));
      for (int party = 0; party <= have; party++) {
        more.set(slot(party), words.get(slot(party)));
      }
      words = more;
      refused = false;
      for (int i = have; i < count && !refused; i++) {
        Worker[] all = Arrays.copyOf(workers, i + 1);
        all[i] = new Worker(this, i + 1);
        try {
          starter.accept(all[i]);
          workers = all;
        } catch (OutOfMemoryError noThread) {
          refused = true;
          refusedAt = System.nanoTime();
        }
      }
    }
    return Math.min(count, workers.length);
  }

  private static int slot(int party) {
    return (party + 1) * APART;
  }

  /// Does what a party can claim of the job that its word names.
  private void work(int party) {
    AtomicLongArray all = words;
    int parties = all.length() / APART - 1;
    long mine = all.get(slot(party)) >>> 32;
    for (int i = 0; i < parties; i++) {
      int from = (party + i) % parties;
      int claim;
      while ((claim = claim(all, slot(from), mine, i == 0)) >= 0) {
        runClaim(claim);
      }
    }
  }

  /// Takes the first or the last claim of a range; -1 when it has none left of this job.
  private static int claim(AtomicLongArray all, int slot, long job, boolean first) {
    while (true) {
      long word = all.get(slot);
      int next = (int) (word >>> 16 & HALF_MASK);
      int end = (int) (word & HALF_MASK);
      if (word >>> 32 != job || next >= end) {
        return -1;
      }
      if (all.compareAndSet(slot, word, first ? word + NEXT : word - 1)) {
        return first ? next : end - 1;
      }
    }
  }

  private void runClaim(int claim) {
    try {
      BlockTask work = task;
      int from = claim * blocksPerClaim;
      int end = Math.min(blocks, from + blocksPerClaim);
      for (int block = from; block < end && work != null; block++) {
        try {
          work.run(block);
        } catch (Throwable thrown) {
          failed(block, thrown);
        }
      }
    } finally {
      // Whatever happens above: the caller waits for this number.
      if (unfinished.decrementAndGet() == 0) {
        Thread sleeper = waiter;
        if (sleeper != null) {
          LockSupport.unpark(sleeper);
        }
      }
    }
  }

  private void awaitOthers() {
    long deadline = System.nanoTime() + spinNanos;
    while (unfinished.get() != 0 && spinNanos != 0 && System.nanoTime() - deadline < 0) {
      Thread.onSpinWait();
    }
    if (unfinished.get() != 0) {
      waiter = Thread.currentThread();
      while (unfinished.get() != 0) {
        LockSupport.park(this);
      }
      waiter = null;
    }
  }

  /// Notes a failure. Where there is no memory left to note it in order, the last one is kept: what
  /// leaves here would end the worker, or the caller's job while others are at it.
  private void failed(int block, Throwable thrown) {
    synchronized (failures) {
      try {
        failures.put(block, thrown);
      } catch (Throwable notNoted) {
        unordered = thrown;
      }
    }
  }

  private @Nullable Throwable takeFailure() {
    synchronized (failures) {
      Throwable first = null;
      for (Throwable each : failures.values()) {
        if (first == null) {
          first = each;
        } else if (!each.equals(first)) {
          first.addSuppressed(each);
        }
      }
      failures.clear();
      if (first == null) {
        first = unordered;
      }
      unordered = null;
      return first;
    }
  }

  private static final class Worker extends Thread {
    private final WorkerPool pool;
    private final int party;
    private volatile int ticket;
    private volatile boolean parked;

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

    @Override
    public void run() {
      int seen = 0;
      long spin = SPIN_NANOS;
      while (true) {
        awaitTicket(seen, spin);
        seen = ticket;
        spin = pool.spinNanos;
        pool.work(party);
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
