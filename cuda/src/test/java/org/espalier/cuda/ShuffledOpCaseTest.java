package org.espalier.cuda;

import org.espalier.cuda.device.SoftwareDevice;
import org.espalier.cuda.device.ThreadOrder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

/// The op cases again with blocks and warps in another order: a missing barrier shows.
@Tag("software-device")
class ShuffledOpCaseTest extends CudaOpCaseTest {
  private static final long SEED = 2026;

  @BeforeAll
  static void shuffle() {
    SoftwareDevice.get().threadOrder(ThreadOrder.SHUFFLED, SEED);
  }

  @AfterAll
  static void inOrderAgain() {
    SoftwareDevice.get().threadOrder(ThreadOrder.FORWARD, 0);
  }
}
