package org.espalier.cuda;

import static org.espalier.cuda.planted.TrialProvider.TRIAL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.BiConsumer;
import org.espalier.DType;
import org.espalier.Scope;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.cuda.device.SoftwareDevice;
import org.espalier.cuda.planted.TrialProvider;
import org.espalier.graph.Step;
import org.espalier.graph.StepGraphs;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Recorded steps on a device whose memory is short.
@Tag("software-device")
@ExtendWith(OnSoftwareDevice.class)
class RecordedMemoryTest {
  private static final int OUT_OF_MEMORY = 2;
  private static final long ENOUGH = 4L << 30;
  private static final int MEGABYTE = 1 << 20;
  private static final int ELEMENTS = MEGABYTE / Float.BYTES;

  /// A device that no other test of this process opens: its limit counts what is in it.
  private static final int ORDINAL = 5;

  private static final long OF_CUBLAS = 4L * MEGABYTE;

  private final SoftwareDevice software = SoftwareDevice.get();

  @BeforeEach
  void enoughDevices() {
    software.devices(ORDINAL + 1);
  }

  @AfterEach
  void oneDevice() {
    software.memoryLimit(ENOUGH);
    software.devices(1);
  }

  /// Runs what must leave no memory behind.
  private static void leavingNothing(BiConsumer<CudaDevice, StepGraphs<Float>> body) {
    try (CudaDevice device = new CudaDevice(ORDINAL)) {
      TrialProvider.put(new CudaBackend(device));
      try (Scope _ = Scope.open();
          var steps = new StepGraphs<Float>(TRIAL, 8, RecordedMemoryTest::megabyte)) {
        body.accept(device, steps);
      } finally {
        TrialProvider.put(null);
      }
      assertEquals(0, device.memory().stats().liveBlocks());
      assertEquals(0, device.memory().stats().recordedBytes());
    }
  }

  /// Each step takes a megabyte of its own for what it returns, and one that all share; of inputs
  /// from 100 on four of each.
  private static List<Tensor> megabyte(Step<Float> step) {
    int elements = step.input() < 100 ? ELEMENTS : 4 * ELEMENTS;
    Tensor one = step.feed(x -> Tensor.of(new float[] {x}));
    return List.of(Tensor.full(DType.F32, TRIAL, Shape.of(elements), 0).add(one));
  }

  /// Runs a step, and returns the first of the equal numbers that it returns.
  private static double run(StepGraphs<Float> steps, Object key, float input) {
    try (Scope _ = Scope.open()) {
      return steps.run(key, input).getFirst().slice(0, 0, 1).item();
    }
  }

  @Test
  void theStepsThatWereRunLongestAgoMakeRoom() {
    leavingNothing((device, steps) -> {
      software.memoryLimit(OF_CUBLAS + 6L * MEGABYTE);
      for (int round = 0; round < 3; round++) {
        for (int key = 0; key < 6; key++) {
          float value = 10 * round + key;
          assertEquals(value, run(steps, key, value));
        }
      }
      int kept = steps.stats().kept();
      assertTrue(kept >= 2 && kept < 6, kept + " recorded steps are kept");
      long recordings = steps.stats().recordings();
      assertEquals(1, run(steps, 5, 1));
      assertEquals(recordings, steps.stats().recordings(), "the last one is still there");
    });
  }

  @Test
  void theErrorTellsTheNumbersWhenNoneIsLeft() {
    leavingNothing((device, steps) -> {
      for (int i = 0; i < 2; i++) {
        run(steps, "small", i);
      }
      run(steps, "large", 100);
      device.memory().trim();
      software.memoryLimit(OF_CUBLAS + 6L * MEGABYTE);
      TensorException e = assertThrows(TensorException.class, () -> run(steps, "large", 101));
      assertTrue(e.isOutOfMemory());
      assertTrue(e.getMessage().contains("cuda:5 has no room for 4.2 MB"), e.getMessage());
      assertEquals(0, steps.stats().kept(), "the others had to make room");
      software.memoryLimit(ENOUGH);
      for (int i = 0; i < 2; i++) {
        assertEquals(102 + i, run(steps, "large", 102 + i));
      }
    });
  }

  @ParameterizedTest
  @ValueSource(strings = {"cuMemAlloc", "cuMemAllocHost", "cuGraphInstantiate"})
  void whoeverRefusesIsAskedAgain(String call) {
    leavingNothing((device, steps) -> {
      run(steps, "one", 1);
      device.memory().trim();
      software.failNext(call, 0, OUT_OF_MEMORY);
      assertEquals(2, run(steps, "one", 2));
      software.failNext(call, -1, 0);
      assertEquals(1, steps.stats().recordings());
    });
  }
}
