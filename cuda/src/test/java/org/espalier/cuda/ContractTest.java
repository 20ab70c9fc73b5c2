package org.espalier.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Tensor;
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

  private static final int OUT_OF_MEMORY = 2;

  /// Of 2 blocks, embeddings, head, loss, backward and optimiser.
  private static final int MOST_LAUNCHES = 150;

  /// Token ids, offsets, positions, segments and labels.
  private static final int MOST_BYTES_TO_DEVICE = 260;

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

  @Test
  void indicesAreLookedAtWithoutAWaitUntilTheyChange() {
    try (Scope _ = Scope.open()) {
      Tensor indices = Tensor.of(new int[] {3, 1, 2}).to(CUDA);
      SoftwareDevice device = SoftwareDevice.get();
      device.resetCounters();
      assertArrayEquals(new int[] {3, 1, 2}, indices.toIntArray());
      assertEquals(0, device.counters().synchronisations());
      indices.addInPlace(Tensor.of(new int[] {10}).to(CUDA));
      assertArrayEquals(new int[] {13, 11, 12}, indices.toIntArray());
      assertEquals(1, device.counters().synchronisations());
    }
  }

  /// Each request for memory of a step is refused once: the step goes on as if nothing had been.
  @Test
  void aStepSurvivesARefusalAtAnyAllocation() {
    double[] expected = new double[3];
    var undisturbed = new SmallTraining(CUDA);
    for (int i = 0; i < expected.length; i++) {
      expected[i] = undisturbed.step(i);
    }
    SoftwareDevice device = SoftwareDevice.get();
    int refused = 0;
    for (int at = 0; at < 60; at += 6) {
      var training = new SmallTraining(CUDA);
      assertEquals(expected[0], training.step(0));
      Cuda.trim(CUDA);
      long recoveries = Cuda.memory(CUDA).recoveries();
      device.failNext("cuMemAlloc", at, OUT_OF_MEMORY);
      assertEquals(expected[1], training.step(1), "refused at allocation " + at);
      assertEquals(expected[2], training.step(2));
      refused += (int) (Cuda.memory(CUDA).recoveries() - recoveries);
    }
    assertTrue(refused >= 5, refused + " refusals were met");
  }
}
