package org.espalier.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.espalier.Memory;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.memory.BufferPool;
import org.espalier.op.CrossEntropy;
import org.espalier.op.Embedding;
import org.espalier.op.LayerNorm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/// Whose memory is it? Scopes, the tape and the pool together.
@Isolated("counts the live bytes of the pool that all tests share")
class MemoryTest {
  private static long live() {
    return BufferPool.shared().stats().liveBytes();
  }

  private static Tensor leaf(int... sizes) {
    return Scope.outside(() -> Tensor.ones(sizes).mul(0.1).detach().requireGrad());
  }

  @Test
  void aClosedScopeGivesEverythingBack() {
    Tensor x = Tensor.ones(64, 64);
    long before = live();
    try (Scope _ = Scope.open()) {
      Tensor y = x.matmul(x).tanh().sum(0);
      assertTrue(live() > before);
      assertEquals(64, y.elements());
      assertEquals(64, x.slice(0, 1, 2).toFloatArray().length);
      assertEquals(4096, x.transpose().toDoubleArray().length);
    }
    assertEquals(before, live());
  }

  /// Embedding, layer norm, linear, GELU, softmax loss: after a step nothing is held but the
  /// gradients, and after zeroGrad nothing at all.
  @Test
  void aTrainingStepLeavesItsGradientsAndNothingElse() {
    Tensor table = leaf(10, 16);
    Tensor weight = leaf(16, 16);
    Tensor bias = leaf(16);
    Tensor gain = leaf(16);
    Tensor ids = Tensor.of(new int[] {1, 2, 2, 9}, 4);
    Tensor targets = Tensor.of(new int[] {0, 5, -100, 15}, 4);
    long before = live();
    for (int step = 0; step < 3; step++) {
      try (Scope _ = Scope.open()) {
        Tensor hidden = LayerNorm.apply(Embedding.apply(table, ids), gain, bias, 1e-5);
        Tensor logits = hidden.linear(weight, bias).gelu().softmax().linear(weight, null);
        CrossEntropy.apply(logits, targets, CrossEntropy.IGNORE, 0.1).mean().backward();
      }
      // weight 16 * 16, bias 16, gain 16, three rows of the table and their indices
      long floats = 256 + 16 + 16 + 48;
      assertEquals(before + 4 * (floats + 16), live(), "step " + step);
    }
    for (Tensor t : new Tensor[] {table, weight, bias, gain}) {
      assertNotNull(t.grad());
      t.zeroGrad();
    }
  }

  @Test
  void zeroGradGivesTheGradientBack() {
    Tensor x = leaf(100);
    long before = live();
    try (Scope _ = Scope.open()) {
      x.square().sum().backward();
    }
    assertEquals(before + 4 * 104, live());
    x.zeroGrad();
    assertEquals(before, live());
  }

  @Test
  void gradientsBelongToTheScopeThatAsked() {
    Tensor x = leaf(100);
    long before = live();
    try (Scope _ = Scope.open()) {
      Tensor g = Autograd.of(x.square().sum()).gradients(x)[0];
      assertEquals(2 * (double) 0.1f, g.toDoubleArray()[99], 1e-7);
    }
    assertEquals(before, live());
  }

  @Test
  void higherOrderGivesEverythingBackOnceItsLastPassHasRun() {
    Tensor x = leaf(100);
    try (Scope _ = Scope.open()) {
      Tensor g = Autograd.of(x.square().square().sum()).createGraph().gradients(x)[0];
      Tensor h = Autograd.of(g.sum()).gradients(x)[0];
      assertEquals(0.12, h.toDoubleArray()[0], 1e-6);
    }
  }

  @Test
  void theTapeHoldsWhatBackwardNeedsBeyondTheScope() {
    Tensor x = leaf(100);
    Tensor loss;
    try (Scope _ = Scope.open()) {
      try (Scope layer = Scope.open()) {
        Tensor h = x.exp();
        loss = layer.keep(h.mul(h).sum());
      }
      BufferPool.shared().take(org.espalier.DType.F32, 100).setDouble(0, Double.NaN);
      loss.backward();
    }
    Tensor g = x.grad();
    assertNotNull(g);
    assertEquals(2 * Math.exp(2 * (double) 0.1f), g.toDoubleArray()[0], 1e-6);
    x.zeroGrad();
  }

  @Test
  void aGraphThatNobodyRunsIsGivenBackWithItsScope() {
    Tensor x = leaf(100);
    long before = live();
    try (Scope _ = Scope.open()) {
      assertTrue(x.square().exp().sum().requiresGrad()); // an evaluation that forgot noGrad
    }
    assertEquals(before, live());
  }

  @Test
  void aGraphThatWasRetainedToTheEndIsGivenBackWithItsScope() {
    Tensor x = leaf(100);
    long before = live();
    try (Scope _ = Scope.open()) {
      Tensor y = x.square().exp().sum();
      for (int i = 0; i < 3; i++) {
        Autograd.of(y).retainGraph().gradients(x);
      }
      Tensor g = Autograd.of(y).createGraph().gradients(x)[0];
      assertTrue(g.requiresGrad());
    }
    assertEquals(before, live());
  }

  @Test
  void partsOfAGraphThatLeadToNoTargetAreGivenBackToo() {
    Tensor x = leaf(100);
    Tensor y = leaf(100);
    long before = live();
    try (Scope _ = Scope.open()) {
      Autograd.of(x.exp().mul(y.exp()).sum()).gradients(x);
    }
    assertEquals(before, live());
  }

  @Test
  void logitsCanBeReadAfterBackward() {
    Tensor w = leaf(3, 4);
    try (Scope _ = Scope.open()) {
      Tensor logits = Tensor.ones(2, 4).linear(w, null);
      CrossEntropy.apply(logits, Tensor.of(new int[] {0, 2}), CrossEntropy.IGNORE, 0)
          .mean()
          .backward();
      assertEquals(0.4, logits.toDoubleArray()[5], 1e-6);
      assertEquals(1, logits.softmax().sum(1).toDoubleArray()[0], 1e-6);
    }
    w.zeroGrad();
  }

  @Test
  void statsCountWhatIsLiveAndThePeakSinceItsReset() {
    Memory.resetPeak();
    var before = Memory.stats();
    assertEquals(before.liveBytes(), before.peakBytes());
    try (Scope _ = Scope.open()) {
      Tensor x = Tensor.ones(1000); // 1024 floats
      Tensor part = x.slice(0, 10, 20);
      assertEquals(4096, Memory.bytesOf(List.of(x, part)));
      assertEquals(before.liveBytes() + 4096, live());
    }
    var after = Memory.stats();
    assertEquals(before.liveBytes(), after.liveBytes());
    assertTrue(after.peakBytes() >= before.liveBytes() + 4096);
    assertTrue(after.pooledBytes() >= 4096);
    Memory.trim();
    assertEquals(0, Memory.stats().pooledBytes());
    assertEquals(before.liveBytes(), Memory.stats().liveBytes());
  }

  @Test
  void keepMovesOneScopeOutward() {
    Tensor kept;
    Tensor view;
    try (Scope _ = Scope.open()) {
      try (Scope inner = Scope.open()) {
        kept = inner.keep(Tensor.ones(3));
        Tensor base = Tensor.of(new float[] {1, 2, 3}, 3);
        view = inner.keep(base.slice(0, 1, 3));
      }
      assertEquals(3, kept.sum().item());
      assertEquals(5, view.sum().item());
      assertTrue(!kept.isClosed());
    }
    assertTrue(kept.isClosed() && view.isClosed());
  }

  @Test
  void aKeptTensorOfTheOutermostScopeLivesOn() {
    Tensor kept;
    try (Scope scope = Scope.open()) {
      kept = scope.keep(Tensor.ones(3));
    }
    assertEquals(3, kept.sum().item());
  }

  @Test
  void touchingAClosedTensorSaysWhatToDo() {
    Tensor closed;
    try (Scope _ = Scope.open()) {
      closed = Tensor.ones(3);
    }
    for (Runnable touch :
        new Runnable[] {
          closed::item,
          closed::toFloatArray,
          () -> closed.add(1),
          closed::detach,
          closed::requireGrad
        }) {
      var thrown = assertThrows(TensorException.class, touch::run);
      assertTrue(
          thrown.toString().contains("scope.keep") || closed.elements() != 1, thrown.toString());
    }
    assertTrue(closed.toString().contains("closed"));
  }

  @Test
  @SuppressWarnings("try") // closing by hand is what is tested
  void scopesCloseInReverseOrderAndOnTheirThread() throws Exception {
    try (Scope outer = Scope.open()) {
      try (Scope inner = Scope.open()) {
        assertThrows(TensorException.class, outer::close);
        AtomicReference<Object> seen = new AtomicReference<>(outer);
        Thread other = new Thread(() -> seen.set(attempt(inner)));
        other.start();
        other.join();
        assertTrue(seen.get() instanceof TensorException, String.valueOf(seen.get()));
        inner.close();
        inner.close();
        assertThrows(TensorException.class, () -> inner.keep(Tensor.ones(1)));
      }
    }
  }

  private static Object attempt(Scope scope) {
    try {
      scope.close();
      return "closed by another thread";
    } catch (TensorException e) {
      return e;
    }
  }

  @Test
  void anotherThreadHasNoScope() throws Exception {
    AtomicReference<Tensor> made = new AtomicReference<>();
    try (Scope _ = Scope.open()) {
      Thread other = new Thread(() -> made.set(Tensor.ones(3)));
      other.start();
      other.join();
    }
    assertEquals(3, made.get().sum().item());
  }

  @Test
  void anOuterScopeKeepsATensorOfAnInnerOne() {
    long before = live();
    Tensor kept;
    try (Scope outer = Scope.open()) {
      try (Scope _ = Scope.open()) {
        try (Scope _ = Scope.open()) {
          kept = outer.keep(Tensor.ones(8));
        }
      }
    }
    assertEquals(8, kept.sum().item());
    try (Scope outer = Scope.open()) {
      try (Scope inner = Scope.open()) {
        Tensor moved = inner.keep(Tensor.ones(8));
        assertEquals(moved, inner.keep(moved)); // of an outer scope by now: stays where it is
      }
      assertTrue(live() > before);
      assertEquals(kept, outer.keep(kept));
    }
  }
}
