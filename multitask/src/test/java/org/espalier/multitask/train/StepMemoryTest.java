package org.espalier.multitask.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.util.ArrayList;
import java.util.List;
import org.espalier.Memory;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.nn.optim.AdamW;
import org.espalier.random.RandomStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/// What a training step leaves behind, and what it allocates.
@Isolated("counts the live bytes of the pool that all tests share")
class StepMemoryTest {
  private static final int[] LENGTHS = {13, 5, 21, 1, 9};

  /// Tensors that the model owns: parameters and moments, and the gradients there are.
  private static List<Tensor> owned(SharedBert model) {
    List<Tensor> all = new ArrayList<>(model.parameters().values());
    model
        .optimiser()
        .state()
        .forEach((name, t) -> {
          if (!name.endsWith(".step")) {
            all.add(t);
          }
        });
    return all;
  }

  @Test
  void afterAStepItsParametersAndMomentsAreLiveAndNothingElse() {
    long before = Memory.stats().liveBytes();
    SharedBert model = new SharedBert(SharedBert.TINY, 0.1, 1e-3, AdamW.SparseRows.ALL);
    SharedBert.Data data = model.new Data(1, LENGTHS);
    for (int step = 0; step < 3; step++) {
      model.step(data, step);
      long live = Memory.stats().liveBytes();
      List<Tensor> owned;
      try (Scope _ = Scope.open()) {
        owned = owned(model);
      }
      assertEquals(before + Memory.bytesOf(owned), live, "step " + step);
    }
  }

  @Test
  void afterBackwardItsGradientsAreLiveAsWell() {
    long before = Memory.stats().liveBytes();
    SharedBert model = new SharedBert(SharedBert.TINY, 0.1, 1e-3, AdamW.SparseRows.TOUCHED);
    SharedBert.Data data = model.new Data(1, LENGTHS);
    for (int step = 0; step < 2; step++) {
      model.backward(data, step);
      model.optimiser().zeroGrad();
    }
    model.backward(data, 2);
    long live = Memory.stats().liveBytes();
    List<Tensor> owned = new ArrayList<>(model.parameters().values());
    for (Tensor parameter : model.parameters().values()) {
      switch (parameter.gradient()) {
        case org.espalier.autograd.Gradient.Dense d -> owned.add(d.value());
        case org.espalier.autograd.Gradient.RowSparse r -> {
          owned.add(r.rows());
          owned.add(r.values());
        }
        case org.espalier.autograd.Gradient.OuterProduct p ->
            throw new AssertionError("accumulated as a product: " + p.shape());
        case null -> {}
      }
    }
    assertEquals(before + Memory.bytesOf(owned), live);
  }

  /// The number of objects of a step does not depend on the sizes of its tensors, so a thin model
  /// with the six layers and three heads of a large one says what the large one allocates, but for
  /// the arrays of ids: a few numbers per token. Vectors are objects until the compiler is done;
  /// the least of several rounds is what stays.
  @Test
  void aSteadyStepAllocatesLessThanAMegabyte() {
    assumeFalse(Boolean.getBoolean("espalier.coverage"), "the coverage agent's probes allocate");
    SharedBert model = new SharedBert(SharedBert.THIN, 0.1, 1e-3, AdamW.SparseRows.ALL);
    List<SharedBert.Data> batches = new ArrayList<>();
    RandomStream random = new RandomStream(1, 2);
    for (int i = 0; i < 4; i++) {
      int[] lengths = new int[16];
      for (int j = 0; j < lengths.length; j++) {
        lengths[j] = 1 + random.nextInt(13);
      }
      batches.add(model.new Data(i, lengths));
    }
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 25 && least >= 1_000_000; round++) {
      long allocated = SharedBert.allocatedBytes();
      for (int step = 0; step < 20; step++) {
        model.step(batches.get(step % 4), step);
      }
      least = Math.min(least, (SharedBert.allocatedBytes() - allocated) / 20);
    }
    long bytes = least;
    assertTrue(bytes < 1_000_000, () -> bytes + " bytes for a step");
  }
}
