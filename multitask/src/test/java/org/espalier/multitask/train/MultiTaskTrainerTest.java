package org.espalier.multitask.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.espalier.Espalier;
import org.espalier.Tensor;
import org.espalier.multitask.aggregation.PcGrad;
import org.espalier.multitask.aggregation.SumAggregator;
import org.espalier.multitask.diagnostics.GradientCosines;
import org.espalier.multitask.sampling.ProportionalSampler;
import org.espalier.multitask.sampling.RoundRobinSampler;
import org.espalier.multitask.sampling.TaskSampler;
import org.espalier.multitask.sharing.SoftSharing;
import org.espalier.multitask.weighting.FixedWeighting;
import org.espalier.multitask.weighting.LossWeighting;
import org.espalier.multitask.weighting.UncertaintyWeighting;
import org.junit.jupiter.api.Test;

final class MultiTaskTrainerTest {
  private static final TrainingListener QUIET = new TrainingListener() {};

  private static TrainingPlan plan(int steps) {
    return new TrainingPlan(steps, 16, 2e-3, 5e-3, 1e-2, 0.01, 0.06, 1.0, 3, false, 0, 0, "");
  }

  private static TaskSampler sampler(MultiTaskModel model) {
    return new ProportionalSampler(MultiTaskTrainer.batches(model.tasks(), 16), 5);
  }

  private static TrainingResult train(MultiTaskModel model, TrainingPlan plan) {
    return new MultiTaskTrainer(
            model, plan, sampler(model), FixedWeighting.equal(model.tasks().size()))
        .train(QUIET);
  }

  private static float[] bits(MultiTaskModel model) {
    List<Float> all = new ArrayList<>();
    model
        .parameters()
        .all()
        .values()
        .forEach(t -> {
          for (float f : t.toFloatArray()) {
            all.add(f);
          }
        });
    float[] out = new float[all.size()];
    for (int i = 0; i < out.length; i++) {
      out[i] = all.get(i);
    }
    return out;
  }

  @Test
  void learnsThreeKindsOfTaskWithOneEncoder() {
    MultiTaskModel model = ToyTasks.hard(1, 320);
    TrainingResult result = train(model, plan(240));
    assertEquals(240, result.steps());
    assertEquals(80, result.lossCurves().getOrDefault("even", List.of()).size());
    Map<String, Double> scores = new LinkedHashMap<>();
    for (Task t : model.tasks()) {
      scores.put(t.name(), t.primary().value(t.validation(), model.predict(t, t.validation(), 64)));
    }
    assertTrue(scores.getOrDefault("occurs", Double.NaN) > 0.85, scores.toString());
    assertTrue(scores.getOrDefault("count", Double.NaN) > 0.6, scores.toString());
    assertTrue(scores.getOrDefault("even", Double.NaN) > 0.85, scores.toString());
  }

  @Test
  void theSameSeedGivesTheSameBitsOnOneThreadAndOnTwo() {
    float[][] out = new float[2][];
    Espalier.withThreads(
        1,
        () -> {
          MultiTaskModel model = ToyTasks.hard(1, 64);
          train(model, plan(12));
          out[0] = bits(model);
        });
    Espalier.withThreads(
        2,
        () -> {
          MultiTaskModel model = ToyTasks.hard(1, 64);
          train(model, plan(12));
          out[1] = bits(model);
        });
    assertArrayEquals(out[0], out[1]);
  }

  @Test
  void aBaselineSeesTheBatchesThatTheJointRunSees() {
    List<Integer> joint = new ArrayList<>();
    List<Integer> alone = new ArrayList<>();
    MultiTaskModel three = ToyTasks.hard(1, 64);
    new MultiTaskTrainer(three, plan(12), sampler(three), FixedWeighting.equal(3))
        .train(tokensOf("even", joint));
    MultiTaskModel one = ToyTasks.hard(1, 64, "even");
    new MultiTaskTrainer(one, plan(4), sampler(one), FixedWeighting.equal(1))
        .train(tokensOf("even", alone));
    assertEquals(4, joint.size());
    assertEquals(joint, alone);
  }

  private static TrainingListener tokensOf(String task, List<Integer> into) {
    return new TrainingListener() {
      @Override
      public void onStep(StepReport report) {
        if (report.task().equals(task)) {
          into.add(report.tokens());
        }
      }
    };
  }

  @Test
  void aStepOfOneTaskLeavesTheOtherHeadsAlone() {
    MultiTaskModel model = ToyTasks.hard(1, 64);
    float[] before = head(model, "count");
    new MultiTaskTrainer(model, plan(1), new RoundRobinSampler(3), FixedWeighting.equal(3))
        .train(QUIET);
    assertArrayEquals(before, head(model, "count"));
  }

  private static float[] head(MultiTaskModel model, String task) {
    Tensor t = model.parameters().get("heads." + task + ".dense.weight");
    return t.toFloatArray();
  }

  @Test
  void aFrozenEncoderDoesNotMoveAndItsHeadsDo() {
    MultiTaskModel model = ToyTasks.hard(1, 64);
    Tensor word = model.parameters().get("embeddings.word_embeddings.weight");
    Tensor query = model.parameters().get("encoder.layer.0.attention.self.query.weight");
    float[] words = word.toFloatArray();
    float[] queries = query.toFloatArray();
    float[] before = head(model, "even");
    train(model, plan(12).withFrozenEncoder());
    assertArrayEquals(words, word.toFloatArray());
    assertArrayEquals(queries, query.toFloatArray());
    assertTrue(java.util.Arrays.mismatch(before, head(model, "even")) >= 0);
  }

  /// A step on the sum of the losses, done by one backward pass, against the tasks' gradients
  /// gathered and added.
  @Test
  void theSumAggregatorStepsAlongTheGradientOfTheSum() {
    MultiTaskModel model = ToyTasks.hard(1, 64);
    List<Double> norms = new ArrayList<>();
    new MultiTaskTrainer(
            model, plan(1), sampler(model), FixedWeighting.equal(3), new SumAggregator())
        .train(
            new TrainingListener() {
              @Override
              public void onStep(StepReport report) {
                norms.add(report.gradientNorm());
              }
            });
    MultiTaskModel same = ToyTasks.hard(1, 64);
    Tensor sum = Tensor.scalar(0);
    for (int i = 0; i < 3; i++) {
      Task t = same.tasks().get(i);
      var batch = new ExampleDeck(t, 16, 3).deal();
      var context =
          org.espalier.nn.Context.training(batch.layout(), MultiTaskTrainer.stepSeed(3, 0, i));
      sum = sum.add(same.loss(t, context, batch, false));
    }
    sum.backward();
    List<org.espalier.autograd.Gradient> all = new ArrayList<>();
    for (Tensor t : same.parameters().trained()) {
      if (t.gradient() != null) {
        all.add(t.gradient());
      }
    }
    double expected = org.espalier.autograd.Gradients.norm(all);
    assertEquals(expected, norms.getFirst(), 1e-5 * expected);
  }

  @Test
  void pcGradTrainsAllTasksInEachStepAndRepeatsToTheBit() {
    float[][] out = new float[2][];
    for (int i = 0; i < 2; i++) {
      MultiTaskModel model = ToyTasks.hard(1, 64);
      TrainingResult r =
          new MultiTaskTrainer(
                  model, plan(5), sampler(model), FixedWeighting.equal(3), new PcGrad(9))
              .train(QUIET);
      assertEquals(5, r.lossCurves().getOrDefault("occurs", List.of()).size());
      out[i] = bits(model);
    }
    assertArrayEquals(out[0], out[1]);
  }

  @Test
  void softSharingMovesOnlyTheEncoderOfTheTaskAndPullsItToTheOthers() {
    MultiTaskModel model = ToyTasks.soft(1, 64);
    String name = "encoders.count.encoder.layer.0.attention.self.query.weight";
    Tensor other = model.parameters().get(name);
    float[] before = other.toFloatArray();
    new MultiTaskTrainer(model, plan(1), new RoundRobinSampler(3), FixedWeighting.equal(3))
        .train(QUIET);
    assertArrayEquals(before, other.toFloatArray());
    Tensor penalty = model.sharing().penalty("occurs");
    assertNotNull(penalty);
    assertTrue(penalty.item() > 0);
    penalty.backward();
    Tensor own = model.parameters().get(name.replace("count", "occurs"));
    assertNotNull(own.grad());
    assertEquals(null, other.grad());
  }

  @Test
  void aggregatorsNeedSharedParameters() {
    MultiTaskModel model = ToyTasks.soft(1, 64);
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new MultiTaskTrainer(
                model, plan(1), sampler(model), FixedWeighting.equal(3), new PcGrad(1)));
  }

  @Test
  void uncertaintyIsTrainedWithTheModel() {
    MultiTaskModel model = ToyTasks.hard(1, 64);
    var weighting =
        new UncertaintyWeighting(
            List.of(
                UncertaintyWeighting.Kind.CLASSIFICATION,
                UncertaintyWeighting.Kind.REGRESSION,
                UncertaintyWeighting.Kind.CLASSIFICATION));
    new MultiTaskTrainer(model, plan(12), sampler(model), weighting).train(QUIET);
    assertTrue(weighting.weight(0) != 1);
    assertTrue(weighting.weight(1) != 0.5);
  }

  @Test
  void earlyStoppingBringsTheBestWeightsBack() {
    MultiTaskModel model = ToyTasks.hard(1, 64);
    List<Double> seen = new ArrayList<>();
    TrainingPlan plan = plan(60).withEarlyStopping(2, 2, "occurs");
    TrainingResult r =
        new MultiTaskTrainer(model, plan, sampler(model), FixedWeighting.equal(3))
            .train(
                new TrainingListener() {
                  @Override
                  public void onValidation(int step, Map<String, Double> scores) {
                    seen.add(scores.getOrDefault("occurs", Double.NaN));
                  }
                });
    Task t = model.task("occurs");
    double now = t.primary().value(t.validation(), model.predict(t, t.validation(), 64));
    assertEquals(seen.stream().mapToDouble(x -> x).max().orElseThrow(), now, 1e-12);
    assertEquals(seen.size(), r.scoreCurves().getOrDefault("occurs", List.of()).size());
  }

  @Test
  void stopsAfterTheStepInWhichItWasAsked() {
    MultiTaskModel model = ToyTasks.hard(1, 64);
    TrainingResult r =
        new MultiTaskTrainer(model, plan(50), sampler(model), FixedWeighting.equal(3))
            .train(
                new TrainingListener() {
                  private int steps;

                  @Override
                  public void onStep(StepReport report) {
                    steps++;
                  }

                  @Override
                  public boolean stopRequested() {
                    return steps == 4;
                  }
                });
    assertEquals(4, r.steps());
    assertTrue(r.interrupted());
  }

  @Test
  void cosinesAreMeasuredWithoutTouchingGradients() {
    MultiTaskModel model = ToyTasks.hard(1, 64);
    Map<String, Tensor> layers = new LinkedHashMap<>();
    model
        .parameters()
        .all()
        .forEach((name, t) -> {
          if (name.startsWith("encoder.")) {
            layers.put(name, t);
          }
        });
    var cosines = new GradientCosines(model, layers, 4, 16);
    List<Integer> progress = new ArrayList<>();
    var matrix = cosines.measure(1, progress::add);
    assertEquals(12, progress.size());
    for (int i = 0; i < 3; i++) {
      assertTrue(matrix.cosine(i, i) > 0 && matrix.cosine(i, i) <= 1, "task " + i);
      for (int j = 0; j < 3; j++) {
        assertEquals(matrix.rawCosine(i, j), matrix.rawCosine(j, i), 1e-12);
        assertTrue(Math.abs(matrix.rawCosine(i, j)) <= 1 + 1e-9);
      }
    }
    layers.values().forEach(t -> assertEquals(null, t.grad()));
    assertThrows(IllegalArgumentException.class, () -> new GradientCosines(model, layers, 5, 16));
  }

  @Test
  void namesTheTasksThereAreWhenOneIsUnknown() {
    MultiTaskModel model = ToyTasks.hard(1, 64);
    var e = assertThrows(IllegalArgumentException.class, () -> model.task("x"));
    assertTrue(String.valueOf(e.getMessage()).contains("occurs, count, even"), e.getMessage());
  }

  @Test
  void refusesAPlanThatMakesNoSense() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new TrainingPlan(1, 0, 1, 1, 1, 0, 0, 1, 1, false, 0, 0, ""));
    assertThrows(
        IllegalArgumentException.class,
        () -> new TrainingPlan(1, 1, 1, 1, 1, 0, 2, 1, 1, false, 0, 0, ""));
  }

  @Test
  void refusesAPlanThatWouldNeverStopOrSpoilTheModel() {
    assertThrows(IllegalArgumentException.class, () -> plan(9).withEarlyStopping(0, 2, ""));
    assertThrows(IllegalArgumentException.class, () -> plan(9).withEarlyStopping(-1, 0, ""));
    assertThrows(IllegalArgumentException.class, () -> plan(9).withEarlyStopping(1, -1, ""));
    assertEquals(3, plan(9).withEarlyStopping(3, 0, "").evaluateEvery());
    for (double bad : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
      for (int at = 0; at < 4; at++) {
        double[] r = {1, 1, 1, 1};
        r[at] = bad;
        assertThrows(
            IllegalArgumentException.class,
            () -> new TrainingPlan(1, 1, r[0], r[1], r[2], r[3], 0, 1, 1, false, 0, 0, ""));
      }
    }
  }

  @Test
  void refusesSamplersAndWeightingsOfOtherTasks() {
    MultiTaskModel model = ToyTasks.hard(1, 16);
    for (int n : new int[] {2, 4}) {
      var e =
          assertThrows(
              IllegalArgumentException.class,
              () ->
                  new MultiTaskTrainer(
                      model, plan(1), new RoundRobinSampler(n), FixedWeighting.equal(3)));
      assertTrue(String.valueOf(e.getMessage()).contains("among " + n), e.getMessage());
    }
    for (LossWeighting two :
        List.of(
            FixedWeighting.equal(2),
            new UncertaintyWeighting(
                List.of(
                    UncertaintyWeighting.Kind.REGRESSION,
                    UncertaintyWeighting.Kind.CLASSIFICATION)))) {
      var e =
          assertThrows(
              IllegalArgumentException.class,
              () -> new MultiTaskTrainer(model, plan(1), sampler(model), two));
      assertTrue(String.valueOf(e.getMessage()).contains("'even'"), e.getMessage());
    }
  }

  @Test
  void refusesToRecordStepsThatComputeOnTheHost() {
    MultiTaskModel model = ToyTasks.hard(1, 20);
    for (StepMode mode : new StepMode[] {StepMode.PADDED, StepMode.RECORDED}) {
      var aggregated =
          assertThrows(
              IllegalArgumentException.class,
              () ->
                  new MultiTaskTrainer(
                      model,
                      plan(1).withMode(mode),
                      sampler(model),
                      FixedWeighting.equal(model.tasks().size()),
                      new PcGrad(1)));
      assertTrue(
          String.valueOf(aggregated.getMessage()).contains("'pcgrad' reads the Gram matrix"));
      var weighted =
          assertThrows(
              IllegalArgumentException.class,
              () ->
                  new MultiTaskTrainer(
                      model, plan(1).withMode(mode), sampler(model), new OfTheHost()));
      assertTrue(
          String.valueOf(weighted.getMessage())
              .contains("'host', which computes weights on the host"));
    }
  }

  private static final class OfTheHost implements LossWeighting {
    @Override
    public String name() {
      return "host";
    }

    @Override
    public Tensor weigh(int task, Tensor loss) {
      return loss.mul(weight(task));
    }

    @Override
    public double weight(int task) {
      return 1.0 / (1 + task);
    }
  }

  @Test
  void refusesBatchesOfNothing() {
    MultiTaskModel model = ToyTasks.hard(1, 16);
    Task task = model.task("even");
    for (int size : new int[] {0, -1}) {
      assertThrows(
          IllegalArgumentException.class, () -> model.predict(task, task.validation(), size));
      assertThrows(
          IllegalArgumentException.class, () -> MultiTaskTrainer.epoch(model.tasks(), size));
    }
    assertEquals(List.of(), model.predict(task, List.of(), 1));
  }

  @Test
  void softSharingNeedsEncodersAndAFiniteLambda() {
    MultiTaskModel model = ToyTasks.soft(1, 16);
    var branch =
        new SoftSharing.Branch(model.sharing().encoder("even"), model.sharing().parameters("even"));
    assertThrows(IllegalArgumentException.class, () -> new SoftSharing(Map.of(), 1));
    for (double bad : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThrows(
          IllegalArgumentException.class, () -> new SoftSharing(Map.of("even", branch), bad));
    }
  }
}
