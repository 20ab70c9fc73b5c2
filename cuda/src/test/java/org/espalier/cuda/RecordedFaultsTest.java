package org.espalier.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.cuda.device.SoftwareDevice;
import org.espalier.graph.Step;
import org.espalier.graph.StepGraphs;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Recorded steps beside a driver that fails, and kernels that find errors.
@Tag("software-device")
@ExtendWith(OnSoftwareDevice.class)
class RecordedFaultsTest {
  private static final int OUT_OF_MEMORY = 2;
  private static final Device CUDA = Device.of("cuda:0");

  private static List<Tensor> rows(Step<int[]> step) {
    Tensor table = step.feed(_ -> Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2));
    return List.of(table.rows(step.feed(Tensor::of)));
  }

  /// Whatever call fails: an error that says what was being done, nothing left behind, and the next
  /// run works.
  @ParameterizedTest
  @CsvSource({
    "cuStreamBeginCapture, 1, beginning to record a step",
    "cuStreamEndCapture, 1, recording a step",
    "cuGraphInstantiate, 1, making a recorded step ready",
    "cuGraphDestroy, 1, destroying a graph",
    "cuLaunchKernel, 719, launching index/gather",
    "cuGraphLaunch, 719, launching a recorded step",
    "cuMemcpyHtoDAsync, 1, copying",
    "cuMemAlloc, 1, allocating",
    "cuMemAllocHost, 1, pinning"
  })
  void aCallThatFailsIsNamedAndTheNextRunWorks(String call, int error, String told) {
    SoftwareDevice device = SoftwareDevice.get();
    Cuda.trim(CUDA);
    long allocations = device.counters().liveAllocations();
    try (Scope _ = Scope.open();
        var steps = new StepGraphs<int[]>(CUDA, 2, RecordedFaultsTest::rows)) {
      steps.run("one", new int[] {0, 2});
      Cuda.backend(CUDA).synchronize();
      Cuda.trim(CUDA);
      long live = Cuda.memory(CUDA).liveBytes();
      long host = device.counters().liveHostAllocations();
      device.failNext(call, 0, error);
      TensorException e =
          assertThrows(TensorException.class, () -> steps.run("one", new int[] {0, 2}));
      assertTrue(e.getMessage().contains(told), e.getMessage());
      if (steps.stats().kept() == 0) {
        assertEquals(live, Cuda.memory(CUDA).liveBytes() + bytesOfResults(), call);
        assertEquals(0, Cuda.memory(CUDA).recordedBytes());
        assertEquals(host, device.counters().liveHostAllocations());
      }
      for (int i = 0; i < 2; i++) {
        assertArrayEquals(
            new float[] {5, 6, 1, 2}, steps.run("one", new int[] {2, 0}).getFirst().toFloatArray());
      }
    }
    Cuda.trim(CUDA);
    assertEquals(allocations, device.counters().liveAllocations());
  }

  /// The results of the first run, which the second has closed.
  private static long bytesOfResults() {
    return SizeClasses.bytes(0);
  }

  /// Wherever the recording of a training step fails, nothing has moved or aged: done again, it
  /// goes on to the bit.
  @ParameterizedTest
  @CsvSource({
    "cuLaunchKernel, 719, 130, 13",
    "cublasSgemmStridedBatched, 13, 24, 5",
    "cuMemsetD8Async, 1, 12, 4"
  })
  void aRecordingThatFailsAnywhereCanBeDoneAgain(String call, int error, int most, int apart) {
    SoftwareDevice device = SoftwareDevice.get();
    List<Double> expected;
    try (Scope _ = Scope.open();
        var undisturbed = new RecordedTraining(3)) {
      expected = undisturbed.run(0, 4);
    }
    int failed = 0;
    for (int at = 0; at < most; at += apart) {
      try (Scope _ = Scope.open();
          var training = new RecordedTraining(3)) {
        assertEquals(expected.subList(0, 1), training.run(0, 1));
        Cuda.trim(CUDA);
        device.failNext(call, at, error);
        List<Double> rest;
        try {
          rest = training.run(1, 4);
          device.failNext(call, -1, 0);
        } catch (TensorException e) {
          failed++;
          training.optimiser.zeroGrad();
          rest = training.run(1, 4);
        }
        assertEquals(expected.subList(1, 4), rest, call + " " + at);
      }
      assertEquals(0, Cuda.memory(CUDA).recordedBytes());
    }
    assertTrue(failed >= 2, failed + " recordings failed");
  }

  /// Wherever memory is refused, and whatever gradients the recording has left by then: it is done
  /// again, and goes on to the bit.
  @Test
  void aRefusalAnywhereWhileATrainingStepIsRecordedChangesNothing() {
    SoftwareDevice device = SoftwareDevice.get();
    List<Double> expected;
    try (Scope _ = Scope.open();
        var undisturbed = new RecordedTraining(3)) {
      expected = undisturbed.run(0, 4);
    }
    for (int at = 0; at < 20; at += 3) {
      try (Scope _ = Scope.open();
          var training = new RecordedTraining(3)) {
        assertEquals(expected.subList(0, 1), training.run(0, 1));
        Cuda.trim(CUDA);
        device.failNext("cuMemAlloc", at, OUT_OF_MEMORY);
        assertEquals(expected.subList(1, 4), training.run(1, 4), "allocation " + at);
        device.failNext("cuMemAlloc", -1, 0);
      }
    }
  }

  @Test
  void anIndexOutOfRangeIsToldWhereTheHostWaits() {
    try (Scope _ = Scope.open();
        var steps = new StepGraphs<int[]>(CUDA, 2, RecordedFaultsTest::rows)) {
      steps.run("one", new int[] {0, 2});
      steps.run("one", new int[] {0, 1});
      for (int i = 0; i < 2; i++) {
        List<Tensor> results = steps.run("one", new int[] {1, 7 + i});
        TensorException e =
            assertThrows(TensorException.class, () -> results.getFirst().toFloatArray());
        assertTrue(e.getMessage().contains("gather: index " + (7 + i)), e.getMessage());
        assertArrayEquals(
            new float[] {3, 4, 5, 6}, steps.run("one", new int[] {1, 2}).getFirst().toFloatArray());
      }
    }
  }

  @Test
  void aClosedDeviceTakesItsRecordedStepsWithIt() {
    SoftwareDevice device = SoftwareDevice.get();
    Cuda.backend(CUDA).synchronize();
    long live = device.counters().liveAllocations();
    long host = device.counters().liveHostAllocations();
    CudaDevice own = new CudaDevice(0);
    CudaBackend backend = new CudaBackend(own);
    var ready = backend.record(List.of(), 0);
    ready.finish();
    own.close();
    ready.close();
    assertEquals(live, device.counters().liveAllocations());
    assertEquals(host, device.counters().liveHostAllocations());
  }
}
