package org.espalier.cuda.device;

import static org.espalier.cuda.device.RawDriver.LAUNCH_FAILED;
import static org.espalier.cuda.device.RawDriver.SUCCESS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Barriers of a part of a block: the first warp brings values and goes on, the second waits for
/// them.
final class NamedBarriersTest {
  /// The second of two warps waits at barrier 1 for as many threads as the text says.
  private static final String HANDOVER =
      """
      .version 8.0
      .target sm_75
      .address_size 64
      .visible .entry handover(.param .u64 out) {
        .reg .pred %%p<2>;
        .reg .b32 %%r<8>;
        .reg .b64 %%d<4>;
        .shared .align 4 .b8 values[128];
        mov.u32 %%r1, %%tid.x;
        and.b32 %%r2, %%r1, 31;
        shl.b32 %%r3, %%r2, 2;
        mov.u32 %%r4, values;
        add.u32 %%r4, %%r4, %%r3;
        setp.ge.u32 %%p1, %%r1, 32;
        @%%p1 bra CONSUME;
        st.shared.u32 [%%r4], %%r1;
        bar.arrive 1, 64;
        ret;
      CONSUME:
        bar.sync 1, %d;
        ld.shared.u32 %%r5, [%%r4];
        ld.param.u64 %%d1, [out];
        cvta.to.global.u64 %%d1, %%d1;
        mul.wide.u32 %%d2, %%r2, 4;
        add.s64 %%d1, %%d1, %%d2;
        st.global.u32 [%%d1], %%r5;
        ret;
      }
      """;

  @AutoClose private final RawDriver driver = new RawDriver();

  private long kernel(int threads) {
    return driver.function(driver.moduleOf(HANDOVER.formatted(threads)), "handover");
  }

  @ParameterizedTest
  @EnumSource
  void theSecondWarpWaitsForTheFirst(ThreadOrder order) {
    driver.device.threadOrder(order, 19);
    long out = driver.allocate(32 * 4);
    assertEquals(SUCCESS, driver.run(kernel(64), 1, 64, out), () -> driver.device.describe());
    int[] got = driver.ints(out, 32);
    for (int lane = 0; lane < 32; lane++) {
      assertEquals(lane, got[lane]);
    }
  }

  @ParameterizedTest
  @EnumSource
  void threadsThatDisagreeOnHowManyTheyAreAreNamed(ThreadOrder order) {
    driver.device.threadOrder(order, 23);
    assertEquals(LAUNCH_FAILED, driver.run(kernel(96), 1, 64, driver.allocate(32 * 4)));
    String said = driver.device.describe();
    assertTrue(said.contains("barrier 1 is for") && said.contains("elsewhere"), said);
  }

  @Test
  void moreThreadsThanABarrierIsForAreNamed() {
    assertEquals(LAUNCH_FAILED, driver.run(kernel(64), 1, 96, driver.allocate(32 * 4)));
    String said = driver.device.describe();
    assertTrue(said.contains("96 threads come to barrier 1, which is for 64"), said);
  }

  @Test
  void waitingForThreadsThatNeverComeIsNamed() {
    String alone = HANDOVER.formatted(64).replace("bar.arrive 1, 64;", "");
    long function = driver.function(driver.moduleOf(alone), "handover");
    assertEquals(LAUNCH_FAILED, driver.run(function, 1, 64, driver.allocate(32 * 4)));
    String said = driver.device.describe();
    assertTrue(said.contains("waits at barrier 1 for threads that never come (32 have"), said);
  }
}
