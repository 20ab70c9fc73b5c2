package org.espalier.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.espalier.Espalier;
import org.espalier.cli.DemoResult.ScoreResult;
import org.espalier.cli.DemoResult.TaskResult;
import org.espalier.cli.data.DemoData;
import org.espalier.multitask.diagnostics.CosineMatrix;
import org.espalier.multitask.report.PairedBootstrap;
import org.espalier.multitask.train.MultiTaskModel;
import org.espalier.multitask.train.Score;
import org.espalier.multitask.train.Task;
import org.espalier.multitask.train.TrainingResult;
import org.espalier.nn.data.Example;
import org.espalier.nn.head.Prediction;
import org.jspecify.annotations.Nullable;

/// One run of the demonstration, phase by phase: frozen-encoder probes, gradient cosines,
/// multi-task training, single-task baselines, verdicts.
///
/// The cosines need heads that mean something: behind random ones the gradients of any two tasks
/// are as good as orthogonal. So the probes come first, and their heads, on the encoder as it came,
/// are what the cosines are measured with.
final class DemoRun {
  private final DemoOptions options;
  private final Path modelFolder;
  private final RunLog log;
  private final ProgressLine.Style style;
  private final PrintWriter out;
  private final PrintWriter err;
  private final StopSignal stop;
  private final PhaseClock clock = new PhaseClock();

  /// Prepares a run.
  ///
  /// @param modelFolder where the trained model goes
  /// @param out hears what was measured
  /// @param err hears how far the run is
  DemoRun(
      DemoOptions options,
      Path modelFolder,
      RunLog log,
      ProgressLine.Style style,
      PrintWriter out,
      PrintWriter err,
      StopSignal stop) {
    this.options = options;
    this.modelFolder = modelFolder;
    this.log = log;
    this.style = style;
    this.out = out;
    this.err = err;
    this.stop = stop;
  }

  /// What the three models say to the validation examples, by task.
  private record Answers(
      Map<String, List<Prediction>> multi,
      Map<String, List<Prediction>> single,
      Map<String, List<Prediction>> frozen) {}

  /// Runs everything. The model is saved as soon as the multi-task training is over, and also when
  /// somebody stops it earlier.
  ///
  /// @throws StopSignal.Stopped when somebody stopped it; the model is saved then
  /// @throws IllegalArgumentException when there is no task or method of a name
  DemoResult run(Supplier<Pretrained> encoder, Supplier<DemoData> source) {
    log.event("start", Map.of("options", options.json()));
    Pretrained start = clock.time("loading", encoder);
    List<EncodedTask> tasks = load(start, source);
    var builder =
        new ModelBuilder(
            start,
            options.encoderDropout(),
            DemoOptions.HEAD_DROPOUT,
            options.seed(),
            options.device());
    var training = new DemoTraining(options, builder, tasks, log, style, err, stop, clock);
    Probed probed = probe(start, builder, tasks, training);
    Together together = together(start, builder, tasks, training);
    Map<String, Integer> budgets = together.budgets();
    var answers = new Answers(together.answers(), training.alone(budgets), probed.answers());
    List<TaskResult> results = clock.time("report", () -> results(tasks, answers, budgets));
    var result =
        new DemoResult(
            results,
            probed.cosines(),
            together.result().steps(),
            together.result().tokensPerSecond(),
            together.hash(),
            clock.phases(),
            clock.seconds());
    show("\n" + DemoReport.table(results) + "\n" + DemoReport.times(result));
    log.event("end", Map.of("phases", result.phases(), "parameterHash", together.hash()));
    return result;
  }

  private void show(String text) {
    out.print(text);
    out.flush();
  }

  /// Reads the data, keeps what this run needs of it, and tells about it.
  private List<EncodedTask> load(Pretrained start, Supplier<DemoData> source) {
    DemoData all = clock.time("loading", source);
    List<EncodedTask> tasks = clock.time("loading", () -> encode(start, all));
    show(DemoReport.loaded(start, all, tasks, Espalier.describe()));
    return tasks;
  }

  private List<EncodedTask> encode(Pretrained start, DemoData all) {
    DemoData drawn = all.draw(options.examples(), options.validation(), options.seed());
    List<EncodedTask> tasks = new ArrayList<>();
    for (String name : options.tasks()) {
      tasks.add(EncodedTask.of(drawn.task(name), start.tokenizer(), DemoOptions.MAX_TOKENS));
    }
    return tasks;
  }

  /// What the encoder can do as it came.
  private record Probed(Map<String, List<Prediction>> answers, @Nullable CosineMatrix cosines) {}

  private Probed probe(
      Pretrained start, ModelBuilder builder, List<EncodedTask> tasks, DemoTraining training) {
    MultiTaskModel probes = clock.time("loading", () -> builder.hard(tasks));
    try {
      var answers = training.frozen(probes, training.budgets(probes));
      return new Probed(answers, cosines(probes));
    } catch (StopSignal.Stopped e) {
      save(start, probes, tasks, 0);
      throw e;
    }
  }

  /// What the training on all tasks gave. The model itself is in its folder by now, and its memory
  /// free for the baselines.
  private record Together(
      TrainingResult result, Map<String, List<Prediction>> answers, String hash) {

    /// Steps of each task.
    Map<String, Integer> budgets() {
      Map<String, Integer> budgets = new LinkedHashMap<>();
      result.lossCurves().forEach((task, curve) -> budgets.put(task, curve.size()));
      return budgets;
    }
  }

  private Together together(
      Pretrained start, ModelBuilder builder, List<EncodedTask> tasks, DemoTraining training) {
    MultiTaskModel model =
        clock.time("loading", () -> options.soft() ? builder.soft(tasks) : builder.hard(tasks));
    TrainingResult result = training.together(model);
    save(start, model, tasks, result);
    if (result.interrupted()) {
      throw new StopSignal.Stopped();
    }
    Map<String, List<Prediction>> answers = new LinkedHashMap<>();
    for (Task t : model.tasks()) {
      answers.put(t.name(), training.answers(model, t));
    }
    return new Together(result, answers, ParameterHash.of(model.parameters().all()));
  }

  private @Nullable CosineMatrix cosines(MultiTaskModel probes) {
    long begin = System.nanoTime();
    CosineMatrix matrix = new CosinePhase(options, style, out, err, stop).measure(probes);
    clock.add("cosines", System.nanoTime() - begin);
    return matrix;
  }

  private void save(
      Pretrained start, MultiTaskModel model, List<EncodedTask> tasks, TrainingResult trained) {
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("phase", "multi-task");
    details.put("steps", trained.steps());
    details.put("tokens", trained.tokens());
    details.put("seconds", trained.seconds());
    details.put("stoppedEarly", trained.stoppedEarly());
    details.put("interrupted", trained.interrupted());
    log.event("trained", details);
    save(start, model, tasks, trained.steps());
  }

  private void save(Pretrained start, MultiTaskModel model, List<EncodedTask> tasks, int steps) {
    List<TaskSpec> specs = tasks.stream().map(EncodedTask::spec).toList();
    clock.run("saving", () -> SavedModel.save(modelFolder, start, model, specs));
    show(
        String.format(
            Locale.ROOT,
            "%nSaved the model after %,d steps of multi-task training in %s%n",
            steps,
            modelFolder));
  }

  private List<TaskResult> results(
      List<EncodedTask> tasks, Answers answers, Map<String, Integer> budgets) {
    List<TaskResult> results = new ArrayList<>();
    for (EncodedTask t : tasks) {
      String name = t.spec().name();
      List<Example> examples = t.validation();
      List<Prediction> multi = answers.multi().getOrDefault(name, List.of());
      List<Prediction> single = answers.single().getOrDefault(name, List.of());
      List<Prediction> frozen = answers.frozen().getOrDefault(name, List.of());
      List<ScoreResult> scores = new ArrayList<>();
      for (Score s : t.spec().scores()) {
        scores.add(
            new ScoreResult(
                s.name(),
                s.value(examples, multi),
                s.value(examples, single),
                s.value(examples, frozen),
                TrivialBaseline.of(t, s)));
      }
      Score primary = t.spec().scores().getFirst();
      PairedBootstrap.Comparison comparison =
          PairedBootstrap.withSeed(options.seed())
              .compare(
                  examples.size(),
                  primary.over(examples, single),
                  primary.over(examples, multi),
                  primary.higherIsBetter());
      results.add(
          new TaskResult(
              t.spec(), budgets.getOrDefault(name, 0), examples.size(), scores, comparison));
    }
    return results;
  }
}
