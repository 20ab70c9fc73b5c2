package org.espalier.multitask.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.junit.jupiter.api.Test;

class BestWeightsTest {
  private static final double NONE = Double.NaN;

  private final MultiTaskModel model = ToyTasks.hard(1, 64);
  private final Tensor weight = model.parameters().all().values().iterator().next();

  private int offer(BestWeights best, double... scores) {
    var names = model.tasks().stream().map(Task::name).toList();
    return best.offer(
        Map.of(
            names.get(0), scores[0],
            names.get(1), scores[1],
            names.get(2), scores[2]));
  }

  private void fill(double value) {
    Autograd.noGrad(
        () -> weight.copyInPlace(Tensor.full(DType.F32, Device.CPU, weight.shape(), value)));
  }

  private void assertFilledWith(double value) {
    assertArrayEquals(
        new double[] {value}, java.util.Arrays.stream(weight.toDoubleArray()).distinct().toArray());
  }

  @Test
  void leavesOutATaskWhoseScoreIsNeverDefined() {
    var best = new BestWeights(model, "");
    fill(1);
    assertEquals(0, offer(best, 0.5, NONE, 0.5));
    fill(2);
    assertEquals(0, offer(best, 0.6, NONE, 0.6));
    fill(3);
    assertEquals(1, offer(best, 0.4, NONE, 0.4));
    best.restore();
    assertFilledWith(2);
  }

  @Test
  void findsAScoreThatBecameUndefinedWorseThanAny() {
    var best = new BestWeights(model, "");
    fill(1);
    assertEquals(0, offer(best, 0.1, 0.1, 0.1));
    fill(2);
    assertEquals(1, offer(best, 0.9, NONE, 0.9));
    assertEquals(2, offer(best, NONE, NONE, NONE));
    best.restore();
    assertFilledWith(1);
  }

  @Test
  void waitsForTheFirstScoreAndKeepsTheLastWeightsWithoutAny() {
    var best = new BestWeights(model, "");
    fill(1);
    assertEquals(1, offer(best, NONE, NONE, NONE));
    best.restore();
    assertFilledWith(1);
    assertEquals(0, offer(best, NONE, 0.2, NONE));
  }

  @Test
  void everyTaskOfEveryStepHasASeedOfItsOwn() {
    Set<Long> seeds = new HashSet<>();
    for (int step = 0; step < 300; step++) {
      for (int task = 0; task < 200; task++) {
        seeds.add(MultiTaskTrainer.stepSeed(7, step, task));
      }
    }
    assertEquals(300 * 200, seeds.size());
  }
}
