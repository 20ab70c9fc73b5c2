package org.espalier.cuda.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class OccupancyTest {
  private static final Occupancy A100 = Occupancy.all().get(1);

  @Test
  void fewRegistersFillTheDevice() {
    assertEquals(64, A100.warpsOf(256, 32, 0));
  }

  @Test
  void registersLimit() {
    assertEquals(16, A100.warpsOf(256, 128, 0), "two blocks of 256 threads with 128 registers");
    assertEquals(8, A100.warpsOf(256, 129, 0), "one more register, one block less");
  }

  @Test
  void sharedMemoryLimits() {
    assertEquals(24, A100.warpsOf(256, 32, 48 * 1024), "three times 49 KB are in 164 KB");
    assertEquals(8, Occupancy.all().getFirst().warpsOf(256, 32, 48 * 1024), "one in 64 KB");
  }
}
