package org.espalier.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.espalier.Memory;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.engine.Handles;
import org.espalier.op.Dropout;
import org.espalier.random.RandomStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("counts the live bytes of the pool that all tests share")
class CheckpointTest {
  private static final int DIM = 32;

  private final List<Tensor> weights = new ArrayList<>();

  CheckpointTest() {
    Random random = new Random(3);
    for (int i = 0; i < 6; i++) {
      float[] w = new float[DIM * DIM];
      for (int j = 0; j < w.length; j++) {
        w[j] = (float) (random.nextGaussian() / 6);
      }
      weights.add(Tensor.of(w, DIM, DIM).requireGrad());
    }
  }

  private Function<Tensor[], Tensor> block(int i) {
    return x -> x[0].add(Dropout.apply(x[0].linear(weights.get(i), null).gelu().tanh(), 0.3, 5, i));
  }

  private enum Way {
    PLAIN,
    EACH_BLOCK,
    NESTED
  }

  private Tensor forward(Tensor x, Way way) {
    Tensor h = x;
    switch (way) {
      case PLAIN -> {
        for (int i = 0; i < weights.size(); i++) {
          h = block(i).apply(new Tensor[] {h});
        }
      }
      case EACH_BLOCK -> {
        for (int i = 0; i < weights.size(); i++) {
          h = Autograd.checkpoint(block(i), h);
        }
      }
      case NESTED -> {
        for (int i = 0; i < weights.size(); i += 3) {
          int first = i;
          h =
              Autograd.checkpoint(
                  in -> {
                    Tensor inner = in[0];
                    for (int j = 0; j < 3; j++) {
                      inner = Autograd.checkpoint(block(first + j), inner);
                    }
                    return inner;
                  },
                  h);
        }
      }
    }
    return h;
  }

  private static Tensor input(int rows) {
    float[] values = new float[rows * DIM];
    Random random = new Random(4);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.of(values, rows, DIM).requireGrad();
  }

  @Test
  void givesTheBitsOfABackwardWithoutIt() {
    List<float[]> expected = new ArrayList<>();
    for (Way way : Way.values()) {
      Tensor x = input(9);
      Tensor y = forward(x, way);
      y.square().sum().backward();
      List<Tensor> all = new ArrayList<>(weights);
      all.add(x);
      for (int i = 0; i < all.size(); i++) {
        Tensor g = all.get(i).grad();
        assertNotNull(g, way + " gave no gradient " + i);
        if (way == Way.PLAIN) {
          expected.add(g.toFloatArray());
        } else {
          assertArrayEquals(expected.get(i), g.toFloatArray(), way + " gradient " + i);
        }
        all.get(i).zeroGrad();
      }
    }
  }

  @Test
  void takesLessMemory() {
    Map<Way, Long> peak = new EnumMap<>(Way.class);
    for (Way way : Way.values()) {
      Tensor x = Scope.outside(() -> input(200));
      long before = Memory.stats().liveBytes();
      Memory.resetPeak();
      try (Scope scope = Scope.open()) {
        Tensor h;
        try (Scope layers = Scope.open()) {
          h = layers.keep(forward(x, way));
        }
        scope.keep(h).square().sum().backward();
      }
      peak.put(way, Memory.stats().peakBytes() - before);
      weights.forEach(Tensor::zeroGrad);
    }
    for (Way way : List.of(Way.EACH_BLOCK, Way.NESTED)) {
      assertTrue(
          peak.getOrDefault(way, 0L) < 0.6 * peak.getOrDefault(Way.PLAIN, 0L),
          () -> "peaks " + peak);
    }
  }

  @Test
  void leavesNothingBehind() {
    Tensor x = input(9);
    Autograd.of(forward(x, Way.NESTED).sum()).backward();
    weights.forEach(Tensor::zeroGrad);
    long before = Memory.stats().liveBytes();
    Tensor[] wanted = {x, weights.get(2)};
    try (Scope _ = Scope.open()) {
      Tensor y = forward(x, Way.NESTED).sum();
      Autograd.of(y).retainGraph().gradients(wanted);
      Autograd.of(y).retainGraph().gradients(wanted); // retained to the end
    }
    assertEquals(before, Memory.stats().liveBytes());
  }

  @Test
  void findsParametersThatAreNoInputs() {
    Tensor x = input(3);
    Tensor other = Tensor.scalar(1).requireGrad();
    Tensor y = forward(x, Way.NESTED).sum();
    Tensor expected = Autograd.of(forward(x, Way.PLAIN).sum()).gradients(weights.get(1))[0];
    var found = Autograd.of(y).gradientsOrNull(weights.get(1), other);
    assertNotNull(found[0]);
    assertArrayEquals(expected.toFloatArray(), found[0].toFloatArray());
    assertNull(found[1]);
  }

  @Test
  void runsTheFunctionTwiceAndOnceWithoutRecording() {
    AtomicInteger runs = new AtomicInteger();
    Function<Tensor[], Tensor> counted =
        x -> {
          runs.incrementAndGet();
          return x[0].square();
        };
    Tensor x = input(1);
    assertFalse(Autograd.noGrad(() -> Autograd.checkpoint(counted, x)).requiresGrad());
    assertEquals(1, runs.get());
    Autograd.checkpoint(counted, x).sum().backward();
    assertEquals(3, runs.get());
  }

  @Test
  void canBeDifferentiatedTwice() {
    Tensor x = Tensor.of(new double[] {2}).requireGrad();
    Tensor a = Tensor.of(new double[] {5}).requireGrad();
    Tensor y = Autograd.checkpoint(in -> in[0].square().mul(in[0]).mul(a), x); // a x^3
    Tensor g = Autograd.of(y.sum()).createGraph().gradients(x)[0];
    Tensor[] second = Autograd.of(g.sum()).gradients(x, a);
    assertEquals(60, g.item());
    assertEquals(60, second[0].item()); // 6 a x
    assertEquals(12, second[1].item()); // 3 x^2
  }

  @Test
  void mayReturnAnInputOrUseOneTwice() {
    Tensor x = Tensor.of(new double[] {2, 3}).requireGrad();
    Tensor y = Autograd.checkpoint(in -> in[0], x);
    Tensor z = Autograd.checkpoint(in -> in[0].mul(in[1]), x, x);
    y.add(z).sum().backward();
    Tensor g = x.grad();
    assertNotNull(g);
    assertArrayEquals(new double[] {5, 7}, g.toDoubleArray());
    assertTrue(x.requiresGrad() && !y.equals(x));
  }

  @Test
  void noticesAParameterThatMovedInBetween() {
    Tensor x = input(2);
    Tensor y = forward(x, Way.EACH_BLOCK).sum();
    Autograd.noGrad(() -> weights.get(4).mulInPlace(Tensor.scalar(2)));
    var thrown = assertThrows(TensorException.class, y::backward);
    assertTrue(
        thrown.toString().contains("Checkpoint") && thrown.toString().contains("mulInPlace"),
        thrown.toString());
  }

  @Test
  void anomalyModeNoticesAFunctionThatChangesItsMind() {
    RandomStream stream = new RandomStream(1, 1);
    Tensor x = input(2);
    Autograd.anomalyMode(() -> {
      Tensor y = Autograd.checkpoint(in -> in[0].mul(stream.nextDouble()), x).sum();
      var thrown = assertThrows(TensorException.class, y::backward);
      assertTrue(thrown.toString().contains("another result"), thrown.toString());
    });
  }

  @Test
  void keepsNoPackedCopyOfAWeightThatItTrains() {
    Tensor w = Tensor.ones(256, 256).requireGrad();
    Tensor x = Tensor.ones(3, 256);
    var memory = Handles.view(w).storage();
    Autograd.checkpoint(in -> in[0].linear(w, null), x).sum().backward();
    assertEquals(0, memory.derivedCount());
    Autograd.noGrad(() -> x.linear(w, null));
    assertEquals(1, memory.derivedCount()); // inference does
  }

  @Test
  void keepsFewPackedCopiesOfPartsOfAWeight() {
    Tensor w = Tensor.ones(256, 256);
    Tensor x = Tensor.ones(3, 256);
    for (int i = 0; i < 40; i++) {
      Tensor part = w.slice(0, i, i + 200);
      assertEquals(256, x.linear(part, null).max().item());
    }
    int kept = Handles.view(w).storage().derivedCount();
    assertTrue(kept > 0 && kept <= 16, kept + " copies");
  }
}
