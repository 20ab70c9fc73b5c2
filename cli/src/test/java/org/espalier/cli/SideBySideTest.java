package org.espalier.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.espalier.Espalier;
import org.junit.jupiter.api.Test;

final class SideBySideTest {
  @Test
  void givesResultsInTheOrderOfTheJobs() {
    List<Supplier<Integer>> jobs = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      int n = i;
      jobs.add(() -> n * n);
    }
    for (int atOnce : new int[] {1, 2, 9}) {
      assertEquals(List.of(0, 1, 4, 9, 16, 25, 36), SideBySide.run(atOnce, jobs));
    }
    assertEquals(List.of(), SideBySide.<Integer>run(2, List.of()));
  }

  @Test
  void runsTwoJobsAtTheSameTime() {
    CountDownLatch both = new CountDownLatch(2);
    Supplier<Boolean> meets =
        () -> {
          both.countDown();
          return awaits(both);
        };
    assertEquals(List.of(true, true), SideBySide.run(2, List.of(meets, meets)));
  }

  @Test
  void theLastJobGetsTheThreadsOfTheOthers() {
    CountDownLatch begun = new CountDownLatch(2);
    Supplier<List<Integer>> first =
        () -> {
          int together = Espalier.threads();
          begun.countDown();
          awaits(begun);
          return List.of(together);
        };
    Supplier<List<Integer>> last =
        () -> {
          int together = Espalier.threads();
          begun.countDown();
          for (int i = 0; i < 10_000 && Espalier.threads() == together; i++) {
            sleep();
          }
          return List.of(together, Espalier.threads());
        };
    Espalier.withThreads(
        4,
        () ->
            assertEquals(
                List.of(List.of(2), List.of(2, 4)), SideBySide.run(2, List.of(first, last))));
  }

  @Test
  void throwsTheFirstFailureAndLeavesOutWhatHasNotBegun() {
    var fault = new IllegalStateException("first");
    AtomicInteger begun = new AtomicInteger();
    List<Supplier<Integer>> jobs = new ArrayList<>();
    jobs.add(() -> {
      throw fault;
    });
    for (int i = 0; i < 1000; i++) {
      jobs.add(() -> {
        sleep();
        return begun.incrementAndGet();
      });
    }
    assertSame(fault, assertThrows(IllegalStateException.class, () -> SideBySide.run(2, jobs)));
    assertTrue(begun.get() < 1000, begun + " jobs ran");
    assertThrows(
        StopSignal.Stopped.class,
        () -> SideBySide.run(2, List.of(SideBySideTest::stopped, () -> 1)));
  }

  private static Integer stopped() {
    throw new StopSignal.Stopped();
  }

  private static boolean awaits(CountDownLatch latch) {
    try {
      return latch.await(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static void sleep() {
    try {
      Thread.sleep(2);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aPartOfTheLogWaitsUntilItIsAppended(
      @org.junit.jupiter.api.io.TempDir java.nio.file.Path folder) throws java.io.IOException {
    var file = folder.resolve("log.jsonl");
    try (RunLog log = new RunLog(file)) {
      RunLog part = log.part();
      part.event("b", java.util.Map.of());
      log.event("a", java.util.Map.of());
      log.append(part);
    }
    assertEquals(
        List.of("{\"event\":\"a\"}", "{\"event\":\"b\"}"), java.nio.file.Files.readAllLines(file));
  }
}
