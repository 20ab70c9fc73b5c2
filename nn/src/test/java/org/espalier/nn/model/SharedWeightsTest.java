package org.espalier.nn.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import org.espalier.Espalier;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.nn.Context;
import org.espalier.nn.Parameters;
import org.espalier.nn.Ragged;
import org.espalier.random.RandomStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The contract of threads: many infer on shared weights with the bits of one.
class SharedWeightsTest {
  private static final BertConfig TINY = new BertConfig(50, 64, 2, 4, 96, 40, 2, 1e-12, 0, 0);
  private static final int THREADS = 8;
  private static final int ROUNDS = 5;

  enum Kind {
    PLATFORM,
    VIRTUAL;

    Thread start(Runnable body) {
      return switch (this) {
        case PLATFORM -> Thread.ofPlatform().start(body);
        case VIRTUAL -> Thread.ofVirtual().start(body);
      };
    }
  }

  private final Bert bert = new Bert(Parameters.random(3), TINY);

  /// The batch of a thread: each has lengths of its own.
  private float[] hidden(int thread) {
    int[] lengths = {3 + thread, 29, 1, 40 - 2 * thread};
    RandomStream random = new RandomStream(thread, 0);
    int[] ids = new int[Arrays.stream(lengths).sum()];
    Arrays.setAll(ids, i -> random.nextInt(TINY.vocabSize()));
    try (Scope _ = Scope.open()) {
      return Autograd.noGrad(
          () -> bert.forward(Context.inference(Ragged.of(lengths)), Tensor.of(ids)).toFloatArray());
    }
  }

  @ParameterizedTest
  @EnumSource
  void eightThreadsInferWithTheBitsOfOne(Kind kind) throws Exception {
    CountDownLatch all = new CountDownLatch(THREADS);
    List<Future<List<float[]>>> found = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      int thread = i;
      FutureTask<List<float[]>> task =
          new FutureTask<>(() -> {
            all.countDown();
            all.await(); // weights are packed for the first time by all of them at once
            List<float[]> rounds = new ArrayList<>();
            for (int r = 0; r < ROUNDS; r++) {
              rounds.add(hidden(thread));
            }
            return rounds;
          });
      kind.start(task);
      found.add(task);
    }
    for (int i = 0; i < THREADS; i++) {
      int thread = i;
      float[][] expected = new float[1][];
      Espalier.withThreads(1, () -> expected[0] = hidden(thread));
      for (float[] actual : found.get(i).get()) {
        assertArrayEquals(expected[0], actual, "thread " + i);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aScopeBelongsToItsThreadAndItsTensorsMayBeReadByOthers(Kind kind) throws Exception {
    try (Scope scope = Scope.open()) {
      Tensor shared = Tensor.of(new float[] {1, 2, 3});
      AtomicReference<Double> sum = new AtomicReference<>();
      AtomicReference<Throwable> refused = new AtomicReference<>();
      Thread other =
          kind.start(() -> {
            try (Scope _ = Scope.open()) {
              sum.set(shared.sum().item());
            }
            try {
              scope.keep(shared);
            } catch (TensorException e) {
              refused.set(e);
            }
          });
      other.join();
      assertEquals(6, sum.get());
      String message =
          String.valueOf(assertInstanceOf(TensorException.class, refused.get()).getMessage());
      assertEquals(true, message.contains("belongs to the thread"), message);
      assertEquals(6, shared.sum().item());
    }
  }
}
