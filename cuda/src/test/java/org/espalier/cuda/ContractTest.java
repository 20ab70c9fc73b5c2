package org.espalier.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.espalier.Device;
import org.espalier.cuda.device.DeviceCounters;
import org.espalier.cuda.device.SoftwareDevice;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// What a training step may cost, counted: the performance that can be promised without a GPU.
@Tag("software-device")
@ExtendWith(OnSoftwareDevice.class)
class ContractTest {
  private static final Device CUDA = Device.of("cuda:0");

  /// The loss, and the joint norm of the gradients that is clipped by.
  private static final int READS = 2;

  /// Of 2 blocks, embeddings, head, loss, backward and optimiser.
  private static final int MOST_LAUNCHES = 1000;

  private static final int MOST_BYTES_TO_DEVICE = 100_000;

  @Test
  void aStepAllocatesNothingAndWaitsOnlyWhereItReads() {
    var training = new SmallTraining(CUDA);
    for (int i = 0; i < 3; i++) {
      training.step(i);
    }
    SoftwareDevice device = SoftwareDevice.get();
    device.resetCounters();
    MemoryStats before = Cuda.memory(CUDA);
    training.step(3);
    DeviceCounters step = device.counters();
    MemoryStats after = Cuda.memory(CUDA);
    System.out.println("a training step: " + step);
    assertEquals(0, step.allocations(), "allocations");
    assertEquals(0, step.frees(), "frees");
    assertEquals(0, step.hostAllocations(), "pinned allocations");
    assertEquals(before.misses(), after.misses(), "requests that the cache could not answer");
    assertEquals(before.liveBytes(), after.liveBytes(), "bytes that the step leaves behind");
    assertEquals(READS, step.synchronisations(), "waits");
    assertEquals(0, step.pageableCopies(), "copies of memory that is not pinned");
    assertTrue(step.launches() <= MOST_LAUNCHES, step.launches() + " launches");
    assertTrue(step.bytesToDevice() <= MOST_BYTES_TO_DEVICE, step.bytesToDevice() + " bytes");
  }
}
