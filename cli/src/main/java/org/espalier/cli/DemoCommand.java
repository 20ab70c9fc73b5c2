package org.espalier.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.cli.data.DemoData;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `espalier demo`: the main job.
@Command(
    name = "demo",
    description = {
      "Fine-tunes a pretrained encoder on five real tasks, together and one by one, and shows what"
          + " was measured.",
      "sense, word-sense and depth ask for meaning (WordNet 3.1); correct and error-span ask for"
          + " form (LanguageTool's examples)."
    })
final class DemoCommand implements Callable<Integer> {
  private static final int INTERRUPTED = 130;
  private static final String SUMMARY = "summary.json";

  private final PrintWriter out;
  private final PrintWriter err;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Seed of everything random (default: 1).")
  private long seed;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Steps of the multi-task training; each baseline gets as many examples of its task"
              + " (default: one epoch).")
  private int steps;

  @Option(
      names = "--tasks",
      paramLabel = "NAME",
      split = ",",
      defaultValue = "sense,word-sense,depth,correct,error-span",
      description = "Tasks, separated by commas (default: ${DEFAULT-VALUE}).")
  private List<String> tasks = List.of();

  @Option(
      names = "--weighting",
      paramLabel = "METHOD",
      defaultValue = "equal",
      description =
          "How losses are weighted: equal, uncertainty or fixed:w1,w2,... (default: equal).")
  private String weighting = "";

  @Option(
      names = "--aggregation",
      paramLabel = "METHOD",
      defaultValue = "none",
      description =
          "How the tasks' gradients become one: none (a task a step), pcgrad or sum (all tasks each"
              + " step) (default: none).")
  private String aggregation = "";

  @Option(
      names = "--sampler",
      paramLabel = "METHOD",
      defaultValue = "proportional",
      description =
          "Which task comes next: proportional, temperature[:exponent] or round-robin (default:"
              + " proportional).")
  private String sampler = "";

  @Option(
      names = "--sharing",
      paramLabel = "METHOD",
      defaultValue = "hard",
      description = "hard: one encoder; soft: one for each task, held together (default: hard).")
  private String sharing = "";

  @Option(
      names = "--early-stopping",
      paramLabel = "TASK",
      defaultValue = "",
      description =
          "Validate ten times, stop after three times without a better score of this task ('all':"
              + " of their mean), and keep the best weights.")
  private String earlyStopping = "";

  @Option(
      names = "--examples",
      paramLabel = "N",
      description = "Training examples a task (default: 4500, with --quick 320).")
  private @Nullable Integer examples;

  @Option(
      names = "--dropout",
      paramLabel = "P",
      defaultValue = "0",
      description = "Dropout inside the encoder (default: 0).")
  private double dropout;

  @Option(
      names = "--device",
      paramLabel = "NAME",
      defaultValue = "cpu",
      description = "Where to train: cpu, reference, or cuda[:number] (default: cpu).")
  private String device = "";

  @Option(
      names = "--graphs",
      description =
          "Record the steps as CUDA graphs and replay them; with --device cuda, and without"
              + " --aggregation.")
  private boolean graphs;

  @Option(
      names = "--quick",
      description = "One example of fourteen: a first impression in a minute or so.")
  private boolean quick;

  @Option(
      names = "--full-validation",
      description = "Measure on all validation examples, not on 1,000 (--quick: 200) of each task.")
  private boolean fullValidation;

  @Option(
      names = "--out",
      paramLabel = "FOLDER",
      defaultValue = "espalier-demo",
      description = "Where the model, log and summary go (default: espalier-demo).")
  private Path folder = Path.of("");

  @Option(names = "--json", paramLabel = "FILE", description = "Write the summary there, too.")
  private @Nullable Path json;

  @Option(names = "--no-progress", description = "Do not tell how far it is.")
  private boolean silent;

  private final Supplier<Pretrained> encoder;
  private final Supplier<DemoData> data;

  /// The demonstration on the real encoder and the real tasks.
  DemoCommand(PrintWriter out, PrintWriter err) {
    this(out, err, Pretrained::miniLm, DemoData::load);
  }

  /// The demonstration on any others.
  DemoCommand(
      PrintWriter out, PrintWriter err, Supplier<Pretrained> encoder, Supplier<DemoData> data) {
    this.out = out;
    this.err = err;
    this.encoder = encoder;
    this.data = data;
  }

  @Override
  public Integer call() {
    DemoOptions options = options();
    Path model = folder.resolve("model");
    prepare(folder.resolve(SUMMARY));
    try (StopSignal stop = StopSignal.onInterrupt();
        RunLog lines = new RunLog(folder.resolve("log.jsonl"))) {
      return run(options, model, lines, stop);
    }
  }

  private int run(DemoOptions options, Path model, RunLog log, StopSignal stop) {
    ProgressLine.Style style = silent ? ProgressLine.Style.NONE : ProgressLine.Style.fitting();
    try {
      var run = new DemoRun(options, model, log, style, out, err, stop);
      String summary = DemoSummary.of(options, run.run(encoder, data));
      DemoSummary.write(folder.resolve(SUMMARY), summary);
      if (json != null) {
        DemoSummary.write(json, summary);
      }
      out.println("Log: " + log.file() + "   summary: " + folder.resolve(SUMMARY));
      out.println("Try:");
      DemoReport.tryOut(model, options.tasks()).forEach(line -> out.println("  " + line));
      out.flush();
      return 0;
    } catch (StopSignal.Stopped e) {
      log.event("stopped", Map.of());
      err.println(
          "espalier: stopped on request; the model is in " + model + ", the log in " + log.file());
      err.flush();
      return INTERRUPTED;
    }
  }

  private DemoOptions options() {
    try {
      if (steps < 0 || (examples != null && examples < 1)) {
        throw new ArgumentError("--steps and --examples are positive numbers");
      }
      if (!(dropout >= 0 && dropout < 1)) {
        throw new ArgumentError("--dropout is " + dropout + ", expected a rate in [0, 1)");
      }
      if (!List.of("hard", "soft").contains(sharing)) {
        throw new ArgumentError("no sharing '" + sharing + "'; expected hard or soft");
      }
      if (graphs && !device.startsWith("cuda")) {
        throw new ArgumentError(
            "--graphs records steps as CUDA graphs, which '"
                + device
                + "' has not; add --device cuda, or leave it out");
      }
      checkTasks();
      int train = examples != null ? examples : quick ? 320 : DemoData.DEFAULT_TRAIN;
      int validation = quick ? 200 : DemoData.DEFAULT_VALIDATION;
      var options =
          new DemoOptions(
              seed,
              steps,
              tasks,
              Choice.parse(weighting),
              Choice.parse(aggregation),
              Choice.parse(sampler),
              sharing.equals("soft"),
              earlyStopping,
              train,
              fullValidation ? Integer.MAX_VALUE : validation,
              quick ? 4 : 12,
              quick ? 16 : 64,
              dropout,
              usable(device),
              graphs);
      Methods.check(options);
      return options;
    } catch (IllegalArgumentException e) {
      throw new ArgumentError(String.valueOf(e.getMessage()));
    }
  }

  /// Finds out before any work whether a device can be had here.
  private static Device usable(String name) {
    if (!name.matches("cpu|reference|cuda(:[0-9]{1,4})?")) {
      throw new ArgumentError(
          "no device '" + name + "'; expected cpu, reference, cuda or cuda:number");
    }
    Device device = Device.of(name.equals("cuda") ? "cuda:0" : name);
    try (Scope _ = Scope.open()) {
      Tensor.zeros(DType.F32, device, Shape.SCALAR).item();
      return device;
    }
  }

  private void checkTasks() {
    if (tasks.isEmpty() || tasks.stream().distinct().count() < tasks.size()) {
      throw new ArgumentError("--tasks needs names that differ, found " + String.join(",", tasks));
    }
    for (String name : tasks) {
      if (!DemoOptions.TASKS.contains(name)) {
        throw new ArgumentError(
            "no task '" + name + "'; the tasks are " + String.join(", ", DemoOptions.TASKS));
      }
    }
    if (!earlyStopping.isEmpty()
        && !earlyStopping.equals("all")
        && !tasks.contains(earlyStopping)) {
      throw new ArgumentError(
          "--early-stopping watches one of the tasks or 'all', not '" + earlyStopping + "'");
    }
  }

  /// Makes sure, before hours of work, that its results can be written; removes what an earlier run
  /// says about itself.
  private void prepare(Path summary) {
    try {
      Files.createDirectories(folder);
      Files.deleteIfExists(Files.createTempFile(folder, ".espalier", ".tmp"));
      Files.deleteIfExists(summary);
      Path file = json;
      if (file != null) {
        Path parent = file.toAbsolutePath().getParent();
        if (parent == null || Files.isDirectory(file)) {
          throw new IOException(file + " is a folder, expected a file");
        }
        Files.createDirectories(parent);
        Files.deleteIfExists(Files.createTempFile(parent, ".espalier", ".tmp"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write to the output folder " + folder + ": " + e, e);
    }
  }
}
