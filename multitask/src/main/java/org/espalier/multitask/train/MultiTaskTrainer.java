package org.espalier.multitask.train;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.multitask.aggregation.GradientAggregator;
import org.espalier.multitask.sampling.TaskSampler;
import org.espalier.multitask.weighting.LossWeighting;
import org.espalier.nn.Context;
import org.espalier.nn.data.Batch;
import org.espalier.nn.optim.AdamW;
import org.espalier.nn.optim.ParameterGroup;
import org.espalier.nn.optim.Schedule;
import org.espalier.profile.TrainingStep;
import org.jspecify.annotations.Nullable;

/// Trains a [MultiTaskModel] by a [TrainingPlan].
///
/// Without an aggregator each step holds a batch of the task that the sampler picks. With one, each
/// step holds a batch of every task, and the aggregator combines the tasks' gradients on the
/// parameters they share; heads keep their own gradients.
///
/// ```java
/// var plan = TrainingPlan.fineTuning(MultiTaskTrainer.epoch(model.tasks(), 16), seed);
/// var sampler = new ProportionalSampler(MultiTaskTrainer.batches(model.tasks(), 16), seed);
/// new MultiTaskTrainer(model, plan, sampler, FixedWeighting.equal(5)).train(listener);
/// ```
public final class MultiTaskTrainer {
  private final MultiTaskModel model;
  private final TrainingPlan plan;
  private final TaskSampler sampler;
  private final LossWeighting weighting;
  private final @Nullable SharedGradients shared;
  private final List<ExampleDeck> decks = new ArrayList<>();
  private final AdamW optimiser;
  private final Schedule schedule;

  /// Makes a trainer of one task a step.
  public MultiTaskTrainer(
      MultiTaskModel model, TrainingPlan plan, TaskSampler sampler, LossWeighting weighting) {
    this(model, plan, sampler, weighting, null);
  }

  /// Makes a trainer; with an aggregator every step holds all tasks and the sampler is not asked.
  ///
  /// @throws IllegalArgumentException when a task has no training examples, when sampler or
  ///   weighting are made for another number of tasks, or when there is an aggregator, but the
  ///   tasks share no parameters; when the plan's steps are to be recorded, but the aggregator or
  ///   the weighting computes on the host within a step
  public MultiTaskTrainer(
      MultiTaskModel model,
      TrainingPlan plan,
      TaskSampler sampler,
      LossWeighting weighting,
      @Nullable GradientAggregator aggregator) {
    this.model = model;
    this.plan = plan;
    this.sampler = sampler;
    this.weighting = weighting;
    this.shared =
        aggregator == null
            ? null
            : new SharedGradients(
                model.tasks().stream()
                    .map(t -> model.sharing().parameters(t.name()).values())
                    .toList(),
                aggregator);
    for (Task t : model.tasks()) {
      if (t.train().isEmpty()) {
        throw new IllegalArgumentException("task '" + t.name() + "' has no training examples");
      }
      decks.add(new ExampleDeck(t, plan.batchSize(), plan.seed()));
    }
    requireEachTask();
    requireRecordable(aggregator);
    this.optimiser = new AdamW(groups(), AdamW.SparseRows.TOUCHED);
    this.schedule = Schedule.linear((long) Math.ceil(plan.warmup() * plan.steps()), plan.steps());
  }

  private void requireRecordable(@Nullable GradientAggregator aggregator) {
    if (plan.mode() == StepMode.EAGER) {
      return;
    }
    if (aggregator != null) {
      throw new IllegalArgumentException(
          "steps of all tasks cannot be recorded: '%s' reads the Gram matrix of the gradients on the"
                  .formatted(aggregator.name())
              + " host; use StepMode.EAGER, or train one task a step");
    }
    if (!weighting.isRecordable()) {
      throw new IllegalArgumentException(
          "steps cannot be recorded with the weighting '%s', which computes weights on the host; use"
                  .formatted(weighting.name())
              + " StepMode.EAGER");
    }
  }

  private void requireEachTask() {
    int tasks = model.tasks().size();
    if (shared == null && sampler.shares().length != tasks) {
      throw new IllegalArgumentException(
          "the sampler '%s' picks among %d tasks, but the model has %d"
              .formatted(sampler.name(), sampler.shares().length, tasks));
    }
    for (int i = 0; i < tasks; i++) {
      try {
        weighting.weight(i);
      } catch (IndexOutOfBoundsException e) {
        throw new IllegalArgumentException(
            "the weighting '%s' has no weight for '%s'; it needs one for each of the %d tasks"
                .formatted(weighting.name(), model.tasks().get(i).name(), tasks),
            e);
      }
    }
  }

  /// Returns the number of batches of each task in an epoch.
  public static int[] batches(List<Task> tasks, int batchSize) {
    return tasks.stream().mapToInt(t -> ExampleDeck.batches(t, batchSize)).toArray();
  }

  /// Returns the number of steps in which every example of every task comes once.
  public static int epoch(List<Task> tasks, int batchSize) {
    int n = 0;
    for (int b : batches(tasks, batchSize)) {
      n += b;
    }
    return n;
  }

  private List<ParameterGroup> groups() {
    Map<String, Tensor> below = new LinkedHashMap<>();
    Map<String, Tensor> heads = new LinkedHashMap<>();
    for (Task t : model.tasks()) {
      if (!plan.frozenEncoder()) {
        below.putAll(named(model.sharing().parameters(t.name())));
      }
      heads.putAll(model.parameters().at(t.headPath()).all());
    }
    List<ParameterGroup> all = new ArrayList<>();
    all.addAll(ParameterGroup.decayed(below, plan.encoderRate(), plan.weightDecay()));
    all.addAll(ParameterGroup.decayed(heads, plan.headRate(), plan.weightDecay()));
    if (!weighting.parameters().isEmpty()) {
      all.add(new ParameterGroup(weighting.parameters(), plan.weightingRate(), 0));
    }
    return all;
  }

  /// Soft sharing names parameters relative to their encoders; the optimiser needs full names.
  private Map<String, Tensor> named(Map<String, Tensor> some) {
    Map<Tensor, String> full = new HashMap<>();
    model.parameters().all().forEach((name, t) -> full.put(t, name));
    Map<String, Tensor> out = new LinkedHashMap<>();
    some.forEach((name, t) -> out.put(full.getOrDefault(t, name), t));
    return out;
  }

  /// Trains until the plan is done, validation stops it, or the listener asks.
  public TrainingResult train(TrainingListener listener) {
    if (plan.mode() == StepMode.EAGER) {
      return train(listener, null);
    }
    try (var recordable = new RecordableSteps(model, plan, weighting, optimiser, schedule)) {
      return train(listener, recordable);
    }
  }

  private TrainingResult train(TrainingListener listener, @Nullable RecordableSteps recordable) {
    Curves curves = new Curves(model.tasks());
    BestWeights best = new BestWeights(model, plan.primaryTask());
    long tokens = 0;
    long nanos = 0;
    int done = 0;
    boolean stopped = false;
    boolean interrupted = false;
    while (done < plan.steps() && !stopped) {
      if (listener.stopRequested()) {
        interrupted = true;
        break;
      }
      long start = System.nanoTime();
      TrainingStep mark = TrainingStep.begin();
      StepReport report =
          shared == null ? oneTask(done, curves, recordable) : allTasks(done, curves);
      mark.end(report.step(), report.task(), report.loss(), report.tokens());
      nanos += System.nanoTime() - start;
      tokens += report.tokens();
      done++;
      listener.onStep(report);
      if (plan.evaluateEvery() > 0 && done % plan.evaluateEvery() == 0) {
        Map<String, Double> scores = validate();
        curves.score(done, scores);
        listener.onValidation(done, scores);
        stopped = plan.patience() > 0 && best.offer(scores) >= plan.patience();
      }
    }
    if (plan.patience() > 0) {
      best.restore();
    }
    return new TrainingResult(
        done, tokens, nanos / 1e9, curves.losses(), curves.scores(), stopped, interrupted);
  }

  private StepReport oneTask(int step, Curves curves, @Nullable RecordableSteps recordable) {
    int index = sampler.next();
    Task task = model.tasks().get(index);
    Batch batch = decks.get(index).deal();
    if (recordable != null) {
      RecordableSteps.Found found = recordable.run(step, index, batch);
      curves.loss(task.name(), step + 1, found.loss());
      return report(step, task.name(), found.loss(), batch.tokens(), found.norm());
    }
    double loss = backward(step, index, batch);
    curves.loss(task.name(), step + 1, loss);
    return finish(step, task.name(), loss, batch.tokens());
  }

  private StepReport allTasks(int step, Curves curves) {
    SharedGradients gradients = java.util.Objects.requireNonNull(shared);
    double total = 0;
    int tokens = 0;
    for (int i = 0; i < decks.size(); i++) {
      Batch batch = decks.get(i).deal();
      double loss = backward(step, i, batch);
      gradients.collect(i);
      curves.loss(model.tasks().get(i).name(), step + 1, loss);
      total += loss;
      tokens += batch.tokens();
    }
    gradients.combine();
    return finish(step, "all", total, tokens);
  }

  /// Runs a task's batch forward and backward into `.grad()`; returns the loss before weighting.
  private double backward(int step, int index, Batch dealt) {
    Task task = model.tasks().get(index);
    try (Scope _ = Scope.open()) {
      Batch batch = dealt.to(model.device());
      Context context = Context.training(batch.layout(), stepSeed(plan.seed(), step, index));
      Tensor loss = model.loss(task, context, batch, plan.frozenEncoder());
      Tensor total = weighting.weigh(index, loss);
      Tensor penalty = plan.frozenEncoder() ? null : model.sharing().penalty(task.name());
      (penalty == null ? total : total.add(penalty)).backward();
      return loss.item();
    }
  }

  /// Returns the seed of the random bits of one task in one step: 64 tasks have numbers beside each
  /// other, the next 64 are further off than any step.
  static long stepSeed(long seed, int step, int task) {
    return seed * 0x9e3779b97f4a7c15L + ((long) (task / 64) << 40) + step * 64L + task % 64;
  }

  private StepReport finish(int step, String task, double loss, int tokens) {
    double factor = schedule.factor(step);
    double norm;
    try (Scope _ = Scope.open()) {
      norm = optimiser.step(factor, plan.clip());
    }
    return report(step, task, loss, tokens, norm);
  }

  private StepReport report(int step, String task, double loss, int tokens, double norm) {
    return new StepReport(step + 1, plan.steps(), task, loss, tokens, norm, schedule.factor(step));
  }

  /// Returns the primary score of each task on its validation examples.
  public Map<String, Double> validate() {
    Map<String, Double> out = new LinkedHashMap<>();
    for (Task t : model.tasks()) {
      out.put(
          t.name(),
          t.primary()
              .value(t.validation(), Autograd.noGrad(() -> model.predict(t, t.validation(), 64))));
    }
    return out;
  }
}
