package org.espalier.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.espalier.Memory;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.op.Embedding;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/// Whose memory a gradient is: one leaf's, for as long as it has it.
@Isolated("counts the live bytes of the pool that all tests share")
class GradientOwnershipTest {
  private static Tensor f(float... values) {
    return Tensor.of(values);
  }

  private static Tensor grad(Tensor leaf) {
    return Objects.requireNonNull(leaf.grad());
  }

  @Test
  void leavesOfOneSumHaveGradientsOfTheirOwn() {
    Tensor p = f(1, 2).requireGrad();
    Tensor q = f(3, 4).requireGrad();
    p.add(q).mul(f(5, 6)).sum().backward();
    grad(p).mulInPlace(f(0));
    assertArrayEquals(new float[] {5, 6}, grad(q).toFloatArray());
  }

  @Test
  void aGradientIsNotTheMemoryOfTheSeed() {
    Tensor p = f(1, 2).requireGrad();
    Tensor q = f(3, 4).requireGrad();
    Tensor seed = f(5, 6);
    Autograd.of(p).outputGradients(seed).backward(); // a leaf as its own output
    Autograd.of(p.add(q)).outputGradients(seed).backward();
    grad(p).mulInPlace(f(0));
    grad(q).mulInPlace(f(0));
    assertArrayEquals(new float[] {5, 6}, seed.toFloatArray());
    seed.mulInPlace(f(7));
    assertArrayEquals(new float[] {0, 0}, grad(p).toFloatArray());
  }

  @Test
  void whatIsAccumulatedStaysTheCallers() {
    Tensor p = f(1, 2).requireGrad();
    Tensor mine = f(5, 6);
    Autograd.accumulate(p, new Gradient.Dense(mine));
    mine.mulInPlace(f(0));
    assertArrayEquals(new float[] {5, 6}, grad(p).toFloatArray());
  }

  @Test
  void aLeafThatAlsoFeedsTheRestOfTheGraphDoesNotDisturbIt() {
    for (boolean first : new boolean[] {true, false}) {
      Tensor p = f(1, 2).requireGrad();
      Tensor x = p.mul(3);
      Tensor y = first ? p.add(x) : x.add(p); // the gradient of y reaches p twice
      y.mul(f(5, 6)).sum().backward();
      assertArrayEquals(new float[] {20, 24}, grad(p).toFloatArray());
    }
  }

  @Test
  void aHeldGradientIsTheOneThatIsAddedTo() {
    Tensor p = f(1, 2).requireGrad();
    p.mul(f(5, 6)).sum().backward();
    Tensor held = grad(p);
    try (Scope _ = Scope.open()) {
      Tensor view = held.slice(0, 0, 1);
      p.mul(f(5, 6)).sum().backward();
      assertArrayEquals(new float[] {10}, view.toFloatArray());
    }
    assertSame(held, p.grad());
    assertArrayEquals(new float[] {10, 12}, held.toFloatArray());
  }

  @Test
  void theDenseFormOfRowsIsACopyThatSaysSo() {
    Tensor table = Tensor.zeros(3, 2).requireGrad();
    Embedding.apply(table, Tensor.of(new int[] {2, 0, 2})).sum().backward();
    Tensor dense = grad(table);
    assertArrayEquals(new float[] {1, 1, 0, 0, 2, 2}, dense.toFloatArray());
    String message =
        String.valueOf(
            assertThrows(TensorException.class, () -> dense.mulInPlace(f(0))).getMessage());
    assertTrue(message.contains("Gradients.scaleInPlace"), message);
    assertInstanceOf(Gradient.RowSparse.class, table.gradient());
    Gradients.scaleInPlace(Objects.requireNonNull(table.gradient()), 0.5);
    assertArrayEquals(new float[] {0.5f, 0.5f, 0, 0, 1, 1}, grad(table).toFloatArray());
    dense.add(1).mulInPlace(f(2)); // what is computed from it is as free as any
  }

  @Test
  void aFirstGradientTakesTheMemoryThatBackwardMade() {
    Tensor p = Tensor.ones(64, 64).requireGrad();
    Tensor x = Tensor.ones(64, 64);
    p.mul(x).sum().backward();
    p.zeroGrad();
    long before = Memory.stats().liveBytes();
    Memory.resetPeak();
    try (Scope _ = Scope.open()) {
      p.mul(x).sum().backward();
    }
    // the product, and the gradient; a copy would be a third
    long most = 2 * 64 * 64 * 4 + 2048;
    assertTrue(Memory.stats().peakBytes() - before <= most, Memory.stats() + " after " + before);
  }

  @Test
  void passesOnSeveralThreadsLoseNothing() throws Exception {
    Tensor p = Tensor.zeros(257).requireGrad();
    List<Future<?>> running = new ArrayList<>();
    try (var threads = Executors.newFixedThreadPool(4)) {
      for (int t = 0; t < 4; t++) {
        Callable<?> passes =
            () -> {
              for (int i = 0; i < 300; i++) {
                try (Scope _ = Scope.open()) {
                  p.mul(1).sum().backward();
                }
              }
              return null;
            };
        running.add(threads.submit(passes));
      }
      for (Future<?> f : running) {
        f.get();
      }
    }
    for (float sum : grad(p).toFloatArray()) {
      assertEquals(1200, sum);
    }
  }

  @Test
  void aHookThatThrowsLeavesNothingOfTheOneBefore() {
    Tensor x = f(1, 2).requireGrad();
    long before = Memory.stats().liveBytes();
    try (Scope _ = Scope.open();
        var _ = x.hook(g -> g.mul(2));
        var _ =
            x.hook(g -> {
              throw new IllegalStateException("no");
            })) {
      assertThrows(IllegalStateException.class, () -> x.mul(3).sum().backward());
    }
    assertEquals(before, Memory.stats().liveBytes());
  }

  @Test
  void aRecordedPassLeavesGradientsThatCanBeDifferentiated() {
    Tensor x = f(1, 2).requireGrad();
    Autograd.of(x.mul(x).mul(x).sum()).createGraph().backward();
    Tensor g = grad(x);
    assertTrue(g.requiresGrad());
    assertArrayEquals(new float[] {3, 12}, g.toFloatArray());
    assertArrayEquals(new float[] {6, 12}, Autograd.of(g.sum()).gradients(x)[0].toFloatArray());
  }

  @Test
  void recordedGradientsAddUpWithTheirHistory() {
    Tensor x = f(1, 2).requireGrad();
    Autograd.of(x.mul(x).sum()).createGraph().backward();
    Tensor first = grad(x);
    Autograd.of(x.mul(x).mul(x).sum()).createGraph().backward();
    assertArrayEquals(new float[] {2, 4}, first.toFloatArray()); // still open, and as it was
    Tensor both = grad(x);
    assertArrayEquals(new float[] {5, 16}, both.toFloatArray());
    Tensor[] second = Autograd.of(both.sum()).retainGraph().gradients(x);
    assertArrayEquals(new float[] {8, 14}, second[0].toFloatArray());
    // a pass that is not recorded adds numbers, and the sum has no history
    x.mul(1).sum().backward();
    assertFalse(grad(x).requiresGrad());
    assertArrayEquals(new float[] {6, 17}, grad(x).toFloatArray());
    assertArrayEquals(new float[] {5, 16}, both.toFloatArray());
  }

  @Test
  void weightedGradientsAddUp() {
    for (boolean sparse : new boolean[] {false, true}) {
      Tensor p = Tensor.zeros(3, 2).requireGrad();
      Tensor q = Tensor.zeros(3, 2).requireGrad();
      Tensor rows = Tensor.of(new int[] {0, 2});
      Tensor a = sparse ? Embedding.apply(p, rows) : p.mul(2);
      Tensor b = sparse ? Embedding.apply(p, rows) : p.mul(3);
      a.sum().backward();
      Gradient one = Objects.requireNonNull(p.takeGradient());
      b.sum().backward();
      Gradient two = Objects.requireNonNull(p.takeGradient());
      float[] unchanged = one.dense().toFloatArray();
      Autograd.accumulate(q, one, 0.5);
      Autograd.accumulate(q, two, -2);
      assertArrayEquals(unchanged, one.dense().toFloatArray());
      Tensor expected = one.dense().mul(0.5).add(two.dense().mul(-2));
      assertArrayEquals(expected.toFloatArray(), grad(q).toFloatArray());
      Gradients.close(one);
      Gradients.close(two);
    }
  }
}
