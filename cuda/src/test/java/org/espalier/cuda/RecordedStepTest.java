package org.espalier.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.cuda.device.DeviceCounters;
import org.espalier.cuda.device.SoftwareDevice;
import org.espalier.graph.Step;
import org.espalier.graph.StepBody;
import org.espalier.graph.StepGraphs;
import org.espalier.nn.optim.AdamW;
import org.espalier.nn.optim.ParameterGroup;
import org.espalier.op.Dropout;
import org.espalier.random.RandomStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Steps that are recorded as graphs: what they compute, what they keep, and what they refuse.
@Tag("software-device")
@ExtendWith(OnSoftwareDevice.class)
class RecordedStepTest {
  private static final Device CUDA = Device.of("cuda:0");

  private static float[] numbers(int n, int seed) {
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = (float) Math.sin(seed * 31 + i);
    }
    return x;
  }

  private static Tensor matrix(int seed) {
    return Tensor.of(numbers(24, seed), 6, 4);
  }

  private static List<Tensor> products(Step<Integer> step) {
    Tensor x = step.feed(RecordedStepTest::matrix);
    Tensor y = step.feed(seed -> matrix(-seed));
    Tensor z = x.matmul(y.transpose()).softmax();
    return List.of(Dropout.apply(z, 0.3, step.seed(seed -> 100L + seed), 5), z.sum());
  }

  @Test
  void replaysComputeWhatEagerStepsCompute() {
    try (Scope _ = Scope.open();
        var eager = StepGraphs.<Integer>eager(CUDA, RecordedStepTest::products);
        var recorded = new StepGraphs<Integer>(CUDA, 4, RecordedStepTest::products)) {
      for (int i = 0; i < 6; i++) {
        List<Tensor> expected = eager.run("one", i);
        List<Tensor> actual = recorded.run("one", i);
        for (int k = 0; k < 2; k++) {
          assertArrayEquals(
              expected.get(k).toFloatArray(), actual.get(k).toFloatArray(), 0, "run " + i);
        }
      }
      assertEquals(new StepGraphs.Stats(1, 1, 5, 1), recorded.stats());
    }
  }

  @Test
  void aReplayIsOneLaunchAndOneCopyAndNoWait() {
    try (Scope _ = Scope.open();
        var steps = new StepGraphs<Integer>(CUDA, 4, RecordedStepTest::products)) {
      for (int i = 0; i < 3; i++) {
        steps.run("one", i);
      }
      SoftwareDevice device = SoftwareDevice.get();
      long misses = settled().misses();
      device.resetCounters();
      List<Tensor> results = steps.run("one", 9);
      DeviceCounters step = device.counters();
      assertEquals(1, step.graphLaunches());
      assertEquals(0, step.launches());
      assertEquals(0, step.synchronisations());
      assertEquals(0, step.allocations());
      assertEquals(misses, Cuda.memory(CUDA).misses());
      results.getFirst().toFloatArray();
      assertEquals(2 * 24 * 4 + 8, device.counters().bytesToDevice(), "two matrices and a seed");
    }
  }

  @Test
  void resultsAreClosedByTheNextRun() {
    try (Scope _ = Scope.open();
        var steps = new StepGraphs<Integer>(CUDA, 4, RecordedStepTest::products)) {
      for (int i = 0; i < 4; i++) {
        List<Tensor> results = steps.run("one", i);
        steps.run("one", i + 1);
        assertThrows(TensorException.class, () -> results.getFirst().toFloatArray());
      }
    }
  }

  @Test
  void changesOfWhatWasThereBeforeAddUp() {
    try (Scope _ = Scope.open()) {
      Tensor total = Tensor.zeros(DType.F32, CUDA, Shape.of(3));
      try (var steps =
          new StepGraphs<Integer>(
              CUDA,
              1,
              step -> {
                Tensor x = step.feed(n -> Tensor.of(new float[] {n, 1, -n}));
                total.addInPlace(x);
                return List.of();
              })) {
        for (int n = 1; n <= 5; n++) {
          steps.run("sum", n);
        }
      }
      assertArrayEquals(new float[] {15, 5, -15}, total.toFloatArray());
    }
  }

  /// What is dropped is recorded again when it is wanted again, and everything goes back.
  @Test
  void theStepThatWasRunLongestAgoMakesRoom() {
    MemoryStats before = settled();
    DeviceCounters counters = SoftwareDevice.get().counters();
    try (Scope _ = Scope.open();
        var eager = StepGraphs.<Integer>eager(CUDA, RecordedStepTest::products);
        var steps = new StepGraphs<Integer>(CUDA, 2, RecordedStepTest::products)) {
      for (int round = 0; round < 3; round++) {
        for (String key : List.of("a", "b", "c")) {
          float[] expected = eager.run(key, round).getFirst().toFloatArray();
          assertArrayEquals(expected, steps.run(key, round).getFirst().toFloatArray(), key);
        }
      }
      assertEquals(new StepGraphs.Stats(3, 6, 6, 2), steps.stats());
      assertTrue(Cuda.memory(CUDA).recordedBytes() > 0);
    }
    MemoryStats after = settled();
    assertEquals(0, after.recordedBytes());
    assertEquals(before.liveBytes(), after.liveBytes());
    Cuda.trim(CUDA);
    assertEquals(
        counters.liveHostAllocations(), SoftwareDevice.get().counters().liveHostAllocations());
  }

  private static MemoryStats settled() {
    Cuda.backend(CUDA).synchronize();
    return Cuda.memory(CUDA);
  }

  @Test
  void memoryOfARecordedStepIsNobodyElses() {
    try (Scope _ = Scope.open();
        var steps = new StepGraphs<Integer>(CUDA, 4, RecordedStepTest::products)) {
      steps.run("one", 1);
      steps.run("one", 2);
      Tensor[] others = new Tensor[40];
      for (int i = 0; i < others.length; i++) {
        others[i] = Tensor.full(DType.F32, CUDA, Shape.of(1 + i * 7), i);
      }
      steps.run("one", 3);
      for (int i = 0; i < others.length; i++) {
        for (float x : others[i].toFloatArray()) {
          assertEquals(i, x);
        }
      }
    }
  }

  @Test
  void memoryFromBeforeIsHeldUntilTheStepIsDropped() {
    MemoryStats before = settled();
    Scope inner = Scope.open();
    Tensor weights = matrix(5).to(CUDA);
    try (var steps =
        new StepGraphs<Integer>(
            CUDA, 1, step -> List.of(step.feed(RecordedStepTest::matrix).mul(weights)))) {
      steps.run("one", 1);
      float[] expected = steps.run("one", 2).getFirst().toFloatArray();
      inner.close();
      try (Scope _ = Scope.open()) {
        for (int i = 0; i < 20; i++) { // one of them would get what was the weights'
          Tensor.full(DType.F32, CUDA, Shape.of(24), 1000 + i);
        }
        assertArrayEquals(expected, steps.run("one", 2).getFirst().toFloatArray());
      }
    }
    assertEquals(before.liveBytes(), settled().liveBytes());
  }

  /// What it asks meanwhile waits until the recording is over, and is no part of it.
  @Test
  void anotherThreadIsNotRecorded() throws InterruptedException {
    try (Scope _ = Scope.open()) {
      Tensor count = Tensor.zeros(DType.F32, CUDA, Shape.of(1));
      Thread[] other = new Thread[1];
      try (var steps =
          new StepGraphs<Integer>(
              CUDA,
              1,
              step -> {
                Tensor x = step.feed(RecordedStepTest::matrix);
                if (step.isRecorded()) {
                  other[0] =
                      Thread.ofVirtual()
                          .start(() -> {
                            try (Scope _ = Scope.open()) {
                              count.addInPlace(Tensor.ones(1).to(CUDA));
                            }
                          });
                }
                return List.of(x.add(1).mul(2));
              })) {
        for (int i = 0; i < 4; i++) {
          float first = steps.run("one", i).getFirst().toFloatArray()[0];
          assertEquals(2 * (numbers(24, i)[0] + 1), first, 1e-6f);
        }
      }
      other[0].join();
      assertArrayEquals(new float[] {1}, count.toFloatArray());
    }
  }

  // ---- what is refused

  private static TensorException refused(Function<Step<Integer>, List<Tensor>> body) {
    StepBody<Integer> step = body::apply;
    MemoryStats before = settled();
    TensorException e;
    try (Scope _ = Scope.open();
        var steps = new StepGraphs<Integer>(CUDA, 4, step)) {
      steps.run("one", 1);
      e = assertThrows(TensorException.class, () -> steps.run("one", 2));
      // The device works, and so does another recording.
      assertArrayEquals(
          new float[] {3, 3}, Tensor.of(new float[] {1, 1}).to(CUDA).add(2).toFloatArray());
      try (var good = new StepGraphs<Integer>(CUDA, 4, RecordedStepTest::products)) {
        good.run("good", 1);
        float[] expected = good.run("good", 2).getFirst().toFloatArray();
        assertArrayEquals(expected, good.run("good", 2).getFirst().toFloatArray());
      }
    }
    MemoryStats after = settled();
    assertEquals(before.liveBytes(), after.liveBytes(), "nothing is left behind");
    assertEquals(0, after.recordedBytes());
    return e;
  }

  private static void assertTells(TensorException e, String... parts) {
    for (String part : parts) {
      assertTrue(e.getMessage().contains(part), e.getMessage());
    }
  }

  @Test
  void readingOnTheHostIsRefusedByName() {
    assertTells(
        refused(step -> {
          step.feed(RecordedStepTest::matrix).sum().item();
          return List.of();
        }),
        "item() of F32 []",
        "reads on the host",
        "Return the tensor from the step");
    assertTells(
        refused(step -> List.of(step.feed(RecordedStepTest::matrix).to(Device.CPU).to(CUDA))),
        "to(cpu) of F32 [6, 4]");
    assertTells(
        refused(step -> {
          Tensor w = Tensor.ones(4).to(CUDA).requireGrad();
          return List.of(w);
        }),
        "to(cuda:0) of F32 [4]",
        "step.feed");
  }

  @Test
  void theNormOfAnOptimiserIsRefusedByName() {
    try (Scope _ = Scope.open()) {
      Tensor w = Tensor.ones(6, 4).to(CUDA).requireGrad();
      var adamw =
          new AdamW(List.of(new ParameterGroup(Map.of("w", w), 0.1, 0)), AdamW.SparseRows.TOUCHED);
      w.mul(w).sum().backward();
      adamw.step(1, 1); // makes the moments
      TensorException e =
          refused(step -> {
            step.feed(RecordedStepTest::matrix).mul(w).sum().backward();
            try {
              adamw.step(1, 1);
            } finally {
              w.zeroGrad();
            }
            return List.of();
          });
      assertTells(e, "the joint norm of 1 gradients", "reads on the host");
    }
  }

  @Test
  void randomNumbersAndNestingAreRefused() {
    assertTells(
        refused(
            step -> List.of(Tensor.uniform(new RandomStream(1, 2), DType.F32, CUDA, Shape.of(3)))),
        "random numbers");
    assertTells(
        refused(step -> {
          if (step.isRecorded()) {
            try (var inner = new StepGraphs<Integer>(CUDA, 1, RecordedStepTest::products)) {
              inner.run("inner", 1);
            }
          }
          return List.of();
        }),
        "copies from the heap");
  }

  @Test
  void waitingIsRefused() {
    assertTells(
        refused(step -> {
          Cuda.backend(CUDA).synchronize();
          return List.of();
        }),
        "synchronize() of cuda:0");
    assertTells(
        refused(step -> {
          Cuda.trim(CUDA);
          return List.of();
        }),
        "trimming");
  }

  @Test
  void randomBitsThatWouldRepeatAreRefused() {
    assertTells(
        refused(step -> List.of(Dropout.apply(step.feed(RecordedStepTest::matrix), 0.5, 7, 1))),
        "dropout draws by the seed 7",
        "step.seed");
    assertTells(
        refused(step -> {
          Tensor x = step.feed(RecordedStepTest::matrix);
          return List.of(Dropout.apply(x, 0.5, step.seed(n -> n) + 1, 1));
        }),
        "do not calculate with it");
  }

  @Test
  void aGradientThatIsLeftBehindIsRefusedAndIsForgotten() {
    try (Scope _ = Scope.open()) {
      Tensor w = Tensor.ones(6, 4).to(CUDA).requireGrad();
      try (var steps =
          new StepGraphs<Integer>(
              CUDA,
              1,
              step -> {
                step.feed(RecordedStepTest::matrix).mul(w).sum().backward();
                if (!step.isRecorded()) {
                  w.zeroGrad();
                }
                return List.of();
              })) {
        MemoryStats before = settled();
        steps.run("one", 1);
        assertTells(
            assertThrows(TensorException.class, () -> steps.run("one", 2)),
            "leaves memory of 24 x F32 behind",
            "zeroGrad");
        try (Scope _ = Scope.open()) {
          Tensor never = Objects.requireNonNull(w.grad());
          assertTells(assertThrows(TensorException.class, () -> never.add(1)), "recording failed");
        }
        w.zeroGrad();
        assertEquals(before.liveBytes(), settled().liveBytes());
        assertEquals(0, settled().recordedBytes());
        w.mul(w).sum().backward();
        assertEquals(2, Objects.requireNonNull(w.grad()).toFloatArray()[0]);
        w.zeroGrad();
      }
    }
  }

  @Test
  void feedsMustBeTheSameInAllRuns() {
    assertTells(
        refused(step -> {
          step.feed(RecordedStepTest::matrix);
          if (step.isRecorded()) {
            step.feed(RecordedStepTest::matrix);
          }
          return List.of();
        }),
        "asks for more than the 1 feeds");
    try (Scope _ = Scope.open();
        var steps =
            new StepGraphs<Integer>(
                CUDA, 1, step -> List.of(step.feed(n -> Tensor.zeros(n)).add(1)))) {
      steps.run("one", 3);
      steps.run("one", 3);
      assertTells(
          assertThrows(TensorException.class, () -> steps.run("one", 4)),
          "was F32 [3] and is now F32 [4]",
          "key");
      assertArrayEquals(new float[] {1, 1, 1}, steps.run("one", 3).getFirst().toFloatArray());
    }
  }
}
