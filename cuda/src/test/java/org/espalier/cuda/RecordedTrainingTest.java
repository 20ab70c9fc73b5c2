package org.espalier.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.espalier.Device;
import org.espalier.cuda.device.DeviceCounters;
import org.espalier.cuda.device.SoftwareDevice;
import org.espalier.cuda.device.ThreadOrder;
import org.espalier.multitask.train.StepMode;
import org.espalier.nn.data.Batch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Training by recorded steps, beside the same computed one kernel at a time.
@Tag("software-device")
@ExtendWith(OnSoftwareDevice.class)
class RecordedTrainingTest {
  private static final int STEPS = 44;
  private static final Device CUDA = Device.of("cuda:0");

  @AfterEach
  void orderAsUsual() {
    SoftwareDevice.get().threadOrder(ThreadOrder.FORWARD, 0);
  }

  private static FourTasks train(Device device, StepMode mode) {
    return FourTasks.train(device, mode, STEPS, _ -> {});
  }

  /// What three of the tests look at, trained once.
  private static final class Padded {
    static final FourTasks ON_CUDA = train(CUDA, StepMode.PADDED);
  }

  @Test
  void recordedStepsHaveTheBitsOfEagerOnes() {
    FourTasks eager = Padded.ON_CUDA;
    assertTrue(eager.buckets().size() >= 3, "batches of " + eager.buckets() + " rows");
    assertTrue(Arrays.stream(eager.norms()).anyMatch(n -> n > 0.5), "some steps are clipped");
    SoftwareDevice device = SoftwareDevice.get();
    device.threadOrder(ThreadOrder.SHUFFLED, 9);
    device.resetCounters();
    FourTasks recorded = train(CUDA, StepMode.RECORDED);
    long replays = device.counters().graphLaunches();
    assertTrue(replays > STEPS / 2, replays + " of " + STEPS + " steps are replays");
    assertArrayEquals(eager.losses(), recorded.losses(), 0);
    assertArrayEquals(eager.norms(), recorded.norms(), 0);
    assertEquals(eager.parameters().keySet(), recorded.parameters().keySet());
    eager
        .parameters()
        .forEach(
            (name, values) -> assertArrayEquals(values, recorded.parameters().get(name), 0, name));
    assertEquals(0, Cuda.memory(CUDA).recordedBytes(), "all went back with the trainer");
  }

  @Test
  void rowsOfNoSequenceChangeNothing() {
    FourTasks padded = Padded.ON_CUDA;
    FourTasks plain = train(CUDA, StepMode.EAGER);
    assertArrayEquals(plain.losses(), padded.losses(), 1e-5);
    assertArrayEquals(plain.norms(), padded.norms(), 1e-4);
  }

  @Test
  void theCpuTrainsTheSame() {
    double[] expected = train(Device.CPU, StepMode.EAGER).losses();
    assertArrayEquals(expected, train(Device.CPU, StepMode.RECORDED).losses(), 1e-5);
    // Recorded ones have the same bits, as the test above sees.
    assertArrayEquals(expected, Padded.ON_CUDA.losses(), 1e-4);
  }

  /// The loss and the norm come in one copy, which is what the one wait is for.
  @Test
  void aReplayIsOneLaunchOneCopyEachWayAndOneWait() {
    SoftwareDevice device = SoftwareDevice.get();
    Cuda.backend(CUDA).synchronize();
    device.resetCounters();
    AtomicInteger replays = new AtomicInteger();
    Map<List<Object>, Integer> runs = new HashMap<>();
    FourTasks.train(
        CUDA,
        StepMode.RECORDED,
        STEPS,
        report -> {
          DeviceCounters step = device.counters();
          List<Object> key = List.of(report.task(), Batch.bucket(report.tokens()));
          if (runs.merge(key, 1, Integer::sum)
              > 2) { // not the first, which is eager, nor recording
            replays.incrementAndGet();
            assertEquals(1, step.graphLaunches());
            assertEquals(0, step.launches());
            assertEquals(1, step.synchronisations(), "waits");
            assertEquals(0, step.allocations(), "allocations");
            assertEquals(0, step.hostAllocations(), "pinned allocations");
            assertEquals(0, step.frees(), "frees");
            assertEquals(0, step.pageableCopies());
            assertTrue(step.bytesToDevice() < MOST_BYTES, step.bytesToDevice() + " bytes");
          }
          device.resetCounters();
        });
    assertTrue(replays.get() > STEPS / 3, replays + " replays");
  }

  /// Ids, offsets, positions, targets, the numbers of 41 parameters, the seed.
  private static final int MOST_BYTES = 1800;
}
