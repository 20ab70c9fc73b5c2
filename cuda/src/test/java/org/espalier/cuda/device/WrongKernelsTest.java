package org.espalier.cuda.device;

import static org.espalier.cuda.device.RawDriver.ILLEGAL_ADDRESS;
import static org.espalier.cuda.device.RawDriver.LAUNCH_FAILED;
import static org.espalier.cuda.device.RawDriver.MISALIGNED;
import static org.espalier.cuda.device.RawDriver.SUCCESS;
import static org.espalier.cuda.device.RawDriver.TIMEOUT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.espalier.cuda.device.RawDriver.Grid;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Kernels of `bad.cu`: each must fail, and the words must say where and why.
final class WrongKernelsTest {
  private RawDriver driver;
  private long module;

  @BeforeEach
  void open() {
    driver = new RawDriver();
    module = driver.module("bad.ptx");
  }

  @AfterEach
  void close() {
    driver.close();
  }

  private int run(String kernel, Grid grid, Object... parameters) {
    return driver.run(driver.function(module, kernel), grid, parameters);
  }

  private void assertSays(String... parts) {
    String said = driver.device.describe();
    for (String part : parts) {
      assertTrue(said.contains(part), () -> "\"" + part + "\" is not in: " + said);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aMissingBarrierIsARaceInAnyOrder(ThreadOrder order) {
    driver.device.threadOrder(order, 17);
    long x = driver.upload(new float[64]);
    assertEquals(LAUNCH_FAILED, run("missing_barrier", Grid.of(1, 64), x));
    assertSays(
        "race: warp",
        "kernel missing_barrier, block (0,0,0), thread (",
        "part",
        "st.shared",
        "ld.shared");
  }

  @Test
  void aMissingSecondBarrierIsARaceOfTheNextRound() {
    long sums = driver.upload(new float[128]);
    long x = driver.upload(1f, 2f);
    assertEquals(LAUNCH_FAILED, run("missing_second_barrier", Grid.of(1, 64), sums, x));
    assertSays("race", "which was written by warp 0");
  }

  @Test
  void aReaderThatIsOvertakenIsARaceToo() {
    driver.device.threadOrder(ThreadOrder.REVERSE, 0);
    long sums = driver.upload(new float[128]);
    long x = driver.upload(1f, 2f);
    assertEquals(LAUNCH_FAILED, run("missing_second_barrier", Grid.of(1, 64), sums, x));
    assertSays("race", "warp 0 writes", "which was read by warp 1");
  }

  @Test
  void withoutTheRaceCheckTheOrderShowsAMissingBarrier() {
    driver.device.raceCheck(false);
    var x = new float[64];
    for (int i = 0; i < 64; i++) {
      x[i] = i;
    }
    driver.device.threadOrder(ThreadOrder.FORWARD, 0);
    long first = driver.upload(x);
    assertEquals(SUCCESS, run("missing_barrier", Grid.of(1, 64), first));
    driver.device.threadOrder(ThreadOrder.REVERSE, 0);
    long second = driver.upload(x);
    assertEquals(SUCCESS, run("missing_barrier", Grid.of(1, 64), second));
    assertTrue(Float.isNaN(driver.floats(first, 64)[0]), "the last warp has not written yet");
    assertFalse(Float.isNaN(driver.floats(second, 64)[0]));
  }

  @Test
  void aReadPastTheEndNamesThreadAndAllocation() {
    long x = driver.upload(new float[100]);
    long out = driver.upload(new float[1]);
    assertEquals(ILLEGAL_ADDRESS, run("reads_past_end", Grid.of(4, 32), out, x, 100));
    assertSays(
        "kernel reads_past_end, block (3,0,0), thread (4,0,0)",
        "read of 4 bytes",
        "0 bytes past the end of an allocation of 400 bytes",
        "ld.global");
  }

  @Test
  void aWritePastTheEndIsCaughtToTheByte() {
    long out = driver.allocate(99 * 4);
    assertEquals(ILLEGAL_ADDRESS, run("writes_past_end", Grid.of(1, 128), out, 99));
    assertSays("thread (99,0,0)", "write of 4 bytes", "past the end of an allocation of 396 bytes");
  }

  @Test
  void aBrokenDeviceStaysBrokenUntilItsContextEnds() {
    long out = driver.allocate(4);
    assertEquals(ILLEGAL_ADDRESS, run("writes_past_end", Grid.of(1, 32), out, 1));
    assertEquals(ILLEGAL_ADDRESS, driver.call("cuCtxSynchronize"));
    assertEquals(ILLEGAL_ADDRESS, driver.call("cuMemFree_v2", out));
    driver.check("cuDevicePrimaryCtxRelease_v2", 0);
    driver.makeCurrent(0);
    driver.check("cuCtxSynchronize");
    assertEquals(0, driver.device.counters().liveAllocations(), "a context takes its memory along");
  }

  @Test
  void aStepFromOneSharedVariableIntoTheNextIsCaught() {
    long out = driver.allocate(32 * 4);
    assertEquals(ILLEGAL_ADDRESS, run("writes_past_shared", Grid.of(1, 32), out));
    assertSays("thread (31,0,0)", "out of bounds of shared memory", "first", "second");
  }

  @Test
  void aStepBeyondDynamicSharedMemoryIsCaught() {
    long out = driver.allocate(32 * 4);
    Grid grid = Grid.of(1, 32).withShared(64);
    assertEquals(ILLEGAL_ADDRESS, run("writes_past_dynamic", grid, out, 16));
    assertSays("write of 4 bytes out of bounds of shared memory");
  }

  @Test
  void memoryThatNoOneHasSetIsNaN() {
    long sums = driver.allocate(32 * 4);
    assertEquals(SUCCESS, run("accumulates", Grid.of(1, 32), sums, driver.upload(new float[32])));
    for (float sum : driver.floats(sums, 32)) {
      assertTrue(Float.isNaN(sum));
    }
  }

  @Test
  void sharedMemoryThatNoOneHasSetIsNaNInEveryBlock() {
    long out = driver.allocate(32 * 4);
    assertEquals(
        SUCCESS, run("accumulates_shared", Grid.of(3, 32), out, driver.upload(new float[32])));
    for (float sum : driver.floats(out, 32)) {
      assertTrue(Float.isNaN(sum));
    }
  }

  @Test
  void withoutPoisonFreshMemoryIsZero() {
    driver.device.poison(false);
    long sums = driver.allocate(32 * 4);
    assertEquals(SUCCESS, run("accumulates", Grid.of(1, 32), sums, driver.upload(new float[32])));
    assertArrayEquals(new float[32], driver.floats(sums, 32));
  }

  @Test
  void aBarrierInTwoBranchesIsNamed() {
    long out = driver.allocate(32 * 4);
    assertEquals(LAUNCH_FAILED, run("divergent_barrier", Grid.of(1, 32), out));
    assertSays("divergent barrier", "bar.sync", "aaaaaaaa", "55555555");
  }

  @Test
  void aShuffleThatAsksForLanesElsewhereIsNamed() {
    long out = driver.allocate(32 * 4);
    assertEquals(LAUNCH_FAILED, run("shuffle_in_branch", Grid.of(1, 32), out));
    assertSays("lanes of one warp wait for lanes that never come", "shfl.sync", "0000ffff");
  }

  @Test
  void aLoopWithoutEndEnds() {
    driver.device.patience(100_000);
    assertEquals(TIMEOUT, run("never_ends", Grid.of(1, 32), driver.upload(0)));
    assertSays("kernel never_ends", "a loop without end?");
  }

  @Test
  void aMisalignedAddressIsNamed() {
    long out = driver.allocate(4);
    assertEquals(MISALIGNED, run("misaligned", Grid.of(1, 1), out, driver.upload(1f, 2f)));
    assertSays("read of 4 bytes", "not a multiple");
  }

  @Test
  void anAddressOfTheHostIsNoAddress() {
    long out = driver.allocate(4);
    long wild = driver.upload(driver.arena.allocate(64).address());
    assertEquals(ILLEGAL_ADDRESS, run("follows_address", Grid.of(1, 1), out, wild));
    assertSays("neither device memory nor pinned memory of the host");
  }

  @Test
  void anAddressOfFreedMemoryIsNamedAsSuch() {
    long out = driver.allocate(4);
    long gone = driver.upload(1f, 2f);
    long address = driver.upload(gone + 4);
    driver.check("cuMemFree_v2", gone);
    assertEquals(ILLEGAL_ADDRESS, run("follows_address", Grid.of(1, 1), out, address));
    assertSays("4 bytes into freed memory of 8 bytes");
  }

  @Test
  void theOrderOfBlocksShowsWhoCountsOnIt() {
    long function = driver.function(module, "counts_on_order");
    long out = driver.allocate(8 * 4);
    assertEquals(SUCCESS, driver.run(function, 8, 32, out));
    assertEquals(7, driver.floats(out, 8)[7]);
    driver.device.threadOrder(ThreadOrder.REVERSE, 0);
    long fresh = driver.allocate(8 * 4);
    assertEquals(SUCCESS, driver.run(function, 8, 32, fresh));
    assertTrue(Float.isNaN(driver.floats(fresh, 8)[7]));
  }

  @Test
  void aKernelThatStopsItselfFails() {
    assertEquals(LAUNCH_FAILED, run("stops_itself", Grid.of(1, 32), driver.upload(0)));
    assertSays("trap");
  }
}
