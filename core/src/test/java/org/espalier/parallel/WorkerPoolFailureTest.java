package org.espalier.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What the pool does when the machine has no thread or no memory to give.
@Timeout(30)
class WorkerPoolFailureTest {
  private static final long NEVER = Long.MAX_VALUE;

  private final AtomicInteger attempts = new AtomicInteger();
  private final AtomicInteger threads = new AtomicInteger();

  /// Starts as many workers as `threads` says.
  private void start(Thread worker) {
    if (attempts.incrementAndGet() > threads.get()) {
      throw new OutOfMemoryError("unable to create native thread");
    }
    worker.start();
  }

  private static void runsEveryBlockOnce(WorkerPool pool) {
    var runs = new AtomicIntegerArray(50);
    assertTrue(pool.tryRun(4, 50, runs::incrementAndGet));
    for (int i = 0; i < 50; i++) {
      assertEquals(1, runs.get(i), "block " + i);
    }
  }

  @Test
  void goesOnWithTheThreadsThatItCouldStart() {
    threads.set(1);
    WorkerPool pool = new WorkerPool(this::start, NEVER, new TreeMap<>());
    // Both must meet at the barrier: the worker that could be started takes part.
    var barrier = new CyclicBarrier(2);
    Set<Thread> seen = ConcurrentHashMap.newKeySet();
    assertTrue(
        pool.tryRun(
            4,
            2,
            block -> {
              seen.add(Thread.currentThread());
              meet(barrier);
            }));
    assertEquals(2, seen.size());
    runsEveryBlockOnce(pool);
  }

  @Test
  void runsOnTheCallerWhenItCouldStartNone() {
    WorkerPool pool = new WorkerPool(this::start, NEVER, new TreeMap<>());
    runsEveryBlockOnce(pool);
  }

  @Test
  void doesNotStartAWorkerAgainThatItHas() {
    threads.set(2);
    WorkerPool pool = new WorkerPool(this::start, NEVER, new TreeMap<>());
    for (int i = 0; i < 100; i++) {
      runsEveryBlockOnce(pool);
    }
    assertEquals(3, attempts.get());
  }

  @Test
  void startsTheMissingWorkersOnceTheMachineHasThreadsAgain() {
    WorkerPool pool = new WorkerPool(this::start, 0, new TreeMap<>());
    runsEveryBlockOnce(pool);
    threads.set(100);
    runsEveryBlockOnce(pool);
    assertEquals(4, attempts.get());
    runsEveryBlockOnce(pool);
    assertEquals(4, attempts.get());
  }

  @Test
  void bringsAFailureToTheCallerThatItHasNoMemoryToNote() {
    threads.set(100);
    var full =
        new TreeMap<Integer, Throwable>() {
          private static final long serialVersionUID = 1;

          @Override
          public Throwable put(Integer block, Throwable failure) {
            throw new OutOfMemoryError("Java heap space");
          }
        };
    WorkerPool pool = new WorkerPool(this::start, NEVER, full);
    for (int i = 0; i < 20; i++) {
      IllegalStateException thrown =
          assertThrows(
              IllegalStateException.class,
              () ->
                  pool.tryRun(
                      4,
                      8,
                      block -> {
                        throw new IllegalStateException("a block");
                      }));
      assertEquals("a block", thrown.getMessage());
      runsEveryBlockOnce(pool);
    }
  }

  private static void meet(CyclicBarrier barrier) {
    try {
      barrier.await(20, TimeUnit.SECONDS);
    } catch (Exception failed) {
      throw new IllegalStateException(failed);
    }
  }
}
