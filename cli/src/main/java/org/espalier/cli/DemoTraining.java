package org.espalier.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.espalier.multitask.aggregation.GradientAggregator;
import org.espalier.multitask.sampling.RoundRobinSampler;
import org.espalier.multitask.sampling.TaskSampler;
import org.espalier.multitask.train.MultiTaskModel;
import org.espalier.multitask.train.MultiTaskTrainer;
import org.espalier.multitask.train.Task;
import org.espalier.multitask.train.TrainingListener;
import org.espalier.multitask.train.TrainingPlan;
import org.espalier.multitask.train.TrainingResult;
import org.espalier.multitask.weighting.FixedWeighting;
import org.espalier.nn.head.Prediction;

/// The trainings of a demonstration, each from the same pretrained encoder and the same heads.
final class DemoTraining {
  private static final int EVALUATION_BATCH = 64;
  private static final int VALIDATIONS = 10;
  private static final int PATIENCE = 3;
  private static final String ALL = "all";

  private final DemoOptions options;
  private final ModelBuilder builder;
  private final List<EncodedTask> tasks;
  private final RunLog log;
  private final ProgressLine.Style style;
  private final PrintWriter err;
  private final StopSignal stop;
  private final PhaseClock clock;

  DemoTraining(
      DemoOptions options,
      ModelBuilder builder,
      List<EncodedTask> tasks,
      RunLog log,
      ProgressLine.Style style,
      PrintWriter err,
      StopSignal stop,
      PhaseClock clock) {
    this.options = options;
    this.builder = builder;
    this.tasks = tasks;
    this.log = log;
    this.style = style;
    this.err = err;
    this.stop = stop;
    this.clock = clock;
  }

  /// Trains a model on all tasks, by the methods that the options name.
  TrainingResult together(MultiTaskModel model) {
    GradientAggregator aggregator = Methods.aggregator(options.aggregation(), options.seed());
    int steps = steps(model, aggregator != null);
    TrainingPlan plan = plan(steps);
    if (!options.earlyStopping().isEmpty()) {
      plan = stopping(plan, options.earlyStopping());
    }
    var trainer =
        new MultiTaskTrainer(
            model,
            plan,
            sampler(model),
            Methods.weighting(
                options.weighting(),
                tasks.stream().map(t -> t.spec().kind()).toList(),
                options.device()),
            aggregator);
    return train("multi-task", "multi-task", steps, trainer);
  }

  /// One epoch unless the options say otherwise; when each step holds all tasks, until the largest
  /// has been seen.
  private int steps(MultiTaskModel model, boolean allTasksEachStep) {
    if (options.steps() > 0) {
      return options.steps();
    }
    int steps = 0;
    for (int b : MultiTaskTrainer.batches(model.tasks(), DemoOptions.BATCH_SIZE)) {
      steps = allTasksEachStep ? Math.max(steps, b) : steps + b;
    }
    return steps;
  }

  private TrainingPlan plan(int steps) {
    return TrainingPlan.fineTuning(steps, options.seed()).withMode(options.mode());
  }

  private static TrainingPlan stopping(TrainingPlan plan, String task) {
    return plan.withEarlyStopping(
        Math.max(1, plan.steps() / VALIDATIONS), PATIENCE, task.equals(ALL) ? "" : task);
  }

  private TrainingResult train(String phase, String name, int steps, MultiTaskTrainer trainer) {
    try (var progress = ProgressLine.open(style, name, steps, err)) {
      var listener = new TrainingProgress(progress, stop).listener(name, log);
      return clock.time(phase, () -> trainer.train(listener));
    }
  }

  /// Trains a fresh model on each task alone, with as many steps as the multi-task training gave
  /// it, and returns its answers to the validation examples.
  Map<String, List<Prediction>> alone(Map<String, Integer> budgets) {
    List<Baseline> jobs = new ArrayList<>();
    for (EncodedTask t : tasks) {
      String name = t.spec().name();
      TrainingPlan plan = plan(budgets.getOrDefault(name, 0));
      if (!options.earlyStopping().isEmpty()) {
        plan = stopping(plan, name);
      }
      jobs.add(new Baseline(name, name + " alone", plan, () -> builder.hard(List.of(t))));
    }
    return sideBySide("single-task", jobs);
  }

  /// Trains only a head for each task on the encoder as it came, and returns their answers to the
  /// validation examples.
  ///
  /// @param all the model whose heads are trained
  Map<String, List<Prediction>> frozen(MultiTaskModel all, Map<String, Integer> budgets) {
    List<Baseline> jobs = new ArrayList<>();
    for (Task t : all.tasks()) {
      TrainingPlan plan = plan(budgets.getOrDefault(t.name(), 0)).withFrozenEncoder();
      jobs.add(
          new Baseline(
              t.name(),
              t.name() + " frozen",
              plan,
              () -> new MultiTaskModel(all.parameters(), all.sharing(), List.of(t))));
    }
    return sideBySide("frozen", jobs);
  }

  /// A training of one task that the multi-task model is compared with.
  ///
  /// @param task its task
  /// @param name what the log calls it
  /// @param plan how it is trained
  /// @param model makes what is trained
  private record Baseline(
      String task, String name, TrainingPlan plan, Supplier<MultiTaskModel> model) {}

  /// Trains and asks baselines, as many at a time as fit; returns their answers by task.
  private Map<String, List<Prediction>> sideBySide(String phase, List<Baseline> baselines) {
    int steps = baselines.stream().mapToInt(b -> b.plan().steps()).sum();
    List<RunLog> parts = new ArrayList<>();
    List<Supplier<List<Prediction>>> jobs = new ArrayList<>();
    Map<String, List<Prediction>> answers = new LinkedHashMap<>();
    try (var line = ProgressLine.open(style, phase, steps, err)) {
      var progress = new TrainingProgress(line, stop);
      for (Baseline b : baselines) {
        RunLog part = log.part();
        parts.add(part);
        jobs.add(() -> trainAndAsk(b, progress.listener(b.name(), part)));
      }
      List<List<Prediction>> found =
          clock.time(phase, () -> SideBySide.run(SideBySide.fitting(options.device()), jobs));
      for (int i = 0; i < found.size(); i++) {
        answers.put(baselines.get(i).task(), found.get(i));
      }
      return answers;
    } finally {
      parts.forEach(log::append);
    }
  }

  private List<Prediction> trainAndAsk(Baseline baseline, TrainingListener listener) {
    stop.check();
    MultiTaskModel model = baseline.model().get();
    var trainer =
        new MultiTaskTrainer(
            model, baseline.plan(), new RoundRobinSampler(1), FixedWeighting.equal(1));
    if (trainer.train(listener).interrupted()) {
      throw new StopSignal.Stopped();
    }
    Task task = model.tasks().getFirst();
    return model.predict(task, task.validation(), EVALUATION_BATCH);
  }

  /// How many steps of each task the multi-task training will have, unless it stops early.
  Map<String, Integer> budgets(MultiTaskModel model) {
    boolean together = Methods.aggregator(options.aggregation(), options.seed()) != null;
    int steps = steps(model, together);
    TaskSampler sampler = sampler(model);
    Map<String, Integer> budgets = new LinkedHashMap<>();
    for (Task t : model.tasks()) {
      budgets.put(t.name(), together ? steps : 0);
    }
    for (int i = 0; i < steps && !together; i++) {
      budgets.merge(model.tasks().get(sampler.next()).name(), 1, Integer::sum);
    }
    return budgets;
  }

  private TaskSampler sampler(MultiTaskModel model) {
    return Methods.sampler(
        options.sampler(), model.tasks(), DemoOptions.BATCH_SIZE, options.seed());
  }

  /// A model's answers to the validation examples of a task.
  List<Prediction> answers(MultiTaskModel model, Task task) {
    stop.check();
    return clock.time("evaluation", () -> model.predict(task, task.validation(), EVALUATION_BATCH));
  }
}
