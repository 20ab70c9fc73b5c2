package org.espalier.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.espalier.TensorException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class WorkersTest {

  @Test
  void runsEveryBlockOnceForAnyCountAndLimit() {
    runsEveryBlockOnce();
  }

  private static void runsEveryBlockOnce() {
    for (int threads = 1; threads <= 5; threads++) {
      for (int blocks : new int[] {0, 1, 2, 3, 7, 100}) {
        var runs = new AtomicIntegerArray(100);
        Workers.limit(threads, () -> Workers.run(blocks, runs::incrementAndGet));
        for (int i = 0; i < 100; i++) {
          assertEquals(i < blocks ? 1 : 0, runs.get(i), threads + " threads, block " + i);
        }
      }
    }
  }

  @Test
  void usesAsManyThreadsAsTheLimitAllows() {
    // All four must meet at the barrier, so four threads run at once.
    var barrier = new CyclicBarrier(4);
    Set<Thread> seen = ConcurrentHashMap.newKeySet();
    Workers.limit(
        4,
        () ->
            Workers.run(
                4,
                block -> {
                  seen.add(Thread.currentThread());
                  meet(barrier);
                }));
    assertEquals(4, seen.size());
    assertTrue(seen.contains(Thread.currentThread()));
    for (Thread thread : seen) {
      assertTrue(thread.equals(Thread.currentThread()) || thread.isDaemon());
    }
  }

  @Test
  void doesTheBlocksOfAThreadThatIsHeldUp() {
    Thread caller = Thread.currentThread();
    // The caller's first block ends only when all the others are done: by others, then.
    var begun = new CountDownLatch(1);
    var others = new CountDownLatch(99);
    Thread[] ran = new Thread[100];
    Workers.limit(
        2,
        () ->
            Workers.run(
                100,
                block -> {
                  ran[block] = Thread.currentThread();
                  if (caller.equals(Thread.currentThread())) {
                    begun.countDown();
                    await(others);
                  } else {
                    await(begun);
                    others.countDown();
                  }
                }));
    assertEquals(1, java.util.Arrays.stream(ran).filter(caller::equals).count());
    assertEquals(2, Set.copyOf(java.util.Arrays.asList(ran)).size());
  }

  @Test
  void doesNotWaitForAThreadThatHasClaimedNothing() {
    // Whether the worker wakes in time or not, each of these ends.
    var runs = new AtomicInteger();
    Workers.limit(
        2,
        () -> {
          for (int i = 0; i < 100_000; i++) {
            Workers.run(2, block -> runs.incrementAndGet());
          }
        });
    assertEquals(200_000, runs.get());
  }

  @Test
  void runsMoreBlocksThanThereAreClaims() {
    for (int blocks : new int[] {32_767, 32_768, 32_769, 100_003}) {
      var runs = new AtomicIntegerArray(blocks);
      Workers.limit(3, () -> Workers.run(blocks, runs::incrementAndGet));
      for (int i = 0; i < blocks; i++) {
        assertEquals(1, runs.get(i), blocks + " blocks, block " + i);
      }
    }
  }

  @Test
  void keepsToTheLimitOfEachJobWhenJobsFollowEachOther() {
    Workers.limit(5, () -> Workers.run(50, block -> {}));
    for (int i = 0; i < 2000; i++) {
      Set<Thread> seen = ConcurrentHashMap.newKeySet();
      Workers.limit(4, () -> Workers.run(8, block -> {}));
      Workers.limit(2, () -> Workers.run(8, block -> seen.add(Thread.currentThread())));
      assertTrue(seen.size() <= 2, seen::toString);
    }
  }

  @Test
  void limitsNestAndEnd() {
    int outside = Workers.threads();
    Workers.limit(
        3,
        () -> {
          assertEquals(3, Workers.threads());
          Workers.limit(1, () -> assertEquals(1, Workers.threads()));
          assertEquals(3, Workers.threads());
        });
    assertEquals(outside, Workers.threads());
    assertThrows(TensorException.class, () -> Workers.limit(0, () -> {}));
  }

  @Test
  void runsNestedWorkOnTheThreadThatAsks() {
    var runs = new AtomicInteger();
    Workers.limit(
        2,
        () ->
            Workers.run(
                2,
                outer -> {
                  Thread asker = Thread.currentThread();
                  Workers.run(
                      8,
                      inner -> {
                        assertSame(asker, Thread.currentThread());
                        runs.incrementAndGet();
                      });
                }));
    assertEquals(16, runs.get());
  }

  @Test
  void runsAloneWhenAnotherCallerHasThePool() throws InterruptedException {
    var started = new CountDownLatch(2);
    var release = new CountDownLatch(1);
    Thread owner =
        Thread.ofVirtual()
            .start(() ->
                Workers.limit(
                    2,
                    () ->
                        Workers.run(
                            2,
                            block -> {
                              started.countDown();
                              await(release);
                            })));
    assertTrue(started.await(20, TimeUnit.SECONDS));
    Workers.limit(2, () -> Workers.run(6, block -> assertOn(Thread.currentThread(), block)));
    Thread[] ran = new Thread[6];
    Workers.limit(2, () -> Workers.run(6, block -> ran[block] = Thread.currentThread()));
    assertEquals(Set.of(Thread.currentThread()), Set.copyOf(java.util.Arrays.asList(ran)));
    release.countDown();
    owner.join();
  }

  @Test
  void bringsTheFirstFailureToTheCallerAndStaysUsable() {
    IllegalStateException thrown =
        assertThrows(
            IllegalStateException.class,
            () ->
                Workers.limit(
                    3,
                    () ->
                        Workers.run(
                            3,
                            block -> {
                              throw new IllegalStateException("block " + block);
                            })));
    assertEquals("block 0", thrown.getMessage());
    assertEquals(2, thrown.getSuppressed().length);
    assertEquals("block 1", thrown.getSuppressed()[0].getMessage());
    assertThrows(
        AssertionError.class,
        () ->
            Workers.limit(
                2,
                () ->
                    Workers.run(
                        2,
                        block -> {
                          if (block == 1) {
                            throw new AssertionError("in a worker");
                          }
                        })));
    runsEveryBlockOnce();
  }

  @Test
  void servesManyVirtualThreadsAtOnce() {
    var runs = new AtomicInteger();
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 200; i++) {
        executor.execute(
            () -> Workers.limit(3, () -> Workers.run(5, block -> runs.incrementAndGet())));
      }
    }
    assertEquals(1000, runs.get());
  }

  @Test
  void aLimitMayChangeWhileItHolds() {
    AtomicInteger limit = new AtomicInteger(1);
    Workers.limit(
        limit::get,
        () -> {
          assertEquals(1, Workers.threads());
          limit.set(3);
          assertEquals(3, Workers.threads());
          limit.set(0);
          assertEquals(1, Workers.threads(), "less than one thread is one");
        });
  }

  @Test
  void worksForAnInterruptedCallerAndKeepsTheInterrupt() {
    var runs = new AtomicInteger();
    Thread.currentThread().interrupt();
    Workers.limit(4, () -> Workers.run(4, block -> runs.incrementAndGet()));
    assertTrue(Thread.interrupted());
    assertEquals(4, runs.get());
  }

  private static void assertOn(Thread expected, int block) {
    assertSame(expected, Thread.currentThread(), "block " + block);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
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
