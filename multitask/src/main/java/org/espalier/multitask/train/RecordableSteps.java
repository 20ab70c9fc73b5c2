package org.espalier.multitask.train;

import java.util.ArrayList;
import java.util.List;
import org.espalier.DType;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.graph.Step;
import org.espalier.graph.StepGraphs;
import org.espalier.multitask.weighting.LossWeighting;
import org.espalier.nn.Context;
import org.espalier.nn.Ragged;
import org.espalier.nn.data.Batch;
import org.espalier.nn.optim.AdamW;
import org.espalier.nn.optim.Schedule;
import org.jspecify.annotations.Nullable;

/// Steps of one task that read nothing on the host before they end: forward, backward and update,
/// on batches that are padded to few sizes, so that a device records few of them.
final class RecordableSteps implements AutoCloseable {
  /// Five tasks with six sizes each, and the shorter batches at the ends of epochs.
  private static final int MOST_RECORDED = 32;

  private final MultiTaskModel model;
  private final TrainingPlan plan;
  private final LossWeighting weighting;
  private final AdamW optimiser;
  private final Schedule schedule;
  private final StepGraphs<Dealt> steps;

  /// A batch that was dealt.
  ///
  /// @param step its number, from 0
  /// @param task the number of its task
  /// @param batch padded
  /// @param positions of its rows
  /// @param targets of its examples
  private record Dealt(int step, int task, Batch batch, Tensor positions, List<Tensor> targets) {}

  /// What decides the work of a step.
  private record Key(String task, int rows, int sequences) {}

  /// What a step has found.
  ///
  /// @param loss before weighting
  /// @param norm of all gradients before clipping
  record Found(double loss, double norm) {}

  RecordableSteps(
      MultiTaskModel model,
      TrainingPlan plan,
      LossWeighting weighting,
      AdamW optimiser,
      Schedule schedule) {
    this.model = model;
    this.plan = plan;
    this.weighting = weighting;
    this.optimiser = optimiser;
    this.schedule = schedule;
    steps =
        plan.mode() == StepMode.RECORDED
            ? new StepGraphs<>(model.device(), MOST_RECORDED, this::compute)
            : StepGraphs.eager(model.device(), this::compute);
  }

  /// Does one step; waits for it once.
  Found run(int step, int index, Batch batch) {
    Task task = model.tasks().get(index);
    try (Scope _ = Scope.open()) {
      Batch padded = batch.padded(Batch.bucket(batch.tokens()));
      Dealt dealt =
          new Dealt(step, index, padded, padded.layout().positions(), task.head().targets(padded));
      Key key = new Key(task.name(), padded.layout().rows(), padded.size());
      double[] found = steps.run(key, dealt).getFirst().toDoubleArray();
      return new Found(found[0], found[1]);
    }
  }

  private List<Tensor> compute(Step<Dealt> step) {
    Dealt dealt = step.input();
    Task task = model.tasks().get(dealt.task);
    Tensor ids = step.feed(d -> d.batch.ids());
    Ragged layout =
        dealt
            .batch
            .layout()
            .with(step.feed(d -> d.batch.layout().offsets()), step.feed(Dealt::positions));
    List<Tensor> targets = new ArrayList<>();
    for (int i = 0; i < dealt.targets.size(); i++) {
      int n = i;
      targets.add(step.feed(d -> d.targets.get(n)));
    }
    long seed = step.seed(d -> MultiTaskTrainer.stepSeed(plan.seed(), d.step, d.task));
    Context context = Context.training(layout, seed);
    Tensor loss = model.loss(task, context, ids, targets, plan.frozenEncoder());
    Tensor total = weighting.weigh(dealt.task, loss);
    @Nullable Tensor penalty = plan.frozenEncoder() ? null : model.sharing().penalty(task.name());
    (penalty == null ? total : total.add(penalty)).backward();
    Tensor norm = optimiser.step(step, d -> schedule.factor(d.step), plan.clip());
    return List.of(Tensor.cat(0, loss.detach().to(DType.F64).reshape(1), norm.reshape(1)));
  }

  /// Returns what the steps were.
  StepGraphs.Stats stats() {
    return steps.stats();
  }

  @Override
  public void close() {
    steps.close();
  }
}
