package org.espalier.benchmarks.peers;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import org.espalier.benchmarks.Network;
import org.espalier.benchmarks.Workload;
import org.espalier.io.SafetensorsWriter;
import org.espalier.nn.Parameters;
import org.jspecify.annotations.Nullable;

/// Training steps and inference against PyTorch.
final class Steps {
  private final Effort effort;
  private final Path folder;
  private final int threads;
  private final Children children;
  private final Map<Network, Path> weights = new EnumMap<>(Network.class);
  private final Map<List<Object>, Double> differences = new HashMap<>();
  private String waiting = "";

  /// @param folder where files of weights may lie
  Steps(Effort effort, Children children, Path folder, int threads) {
    this.effort = effort;
    this.folder = folder;
    this.threads = threads;
    this.children = children;
  }

  private static String name(Network network) {
    return switch (network) {
      case MINILM -> "MiniLM";
      case DISTILBERT -> "DistilBERT";
      case GPT2 -> "GPT-2 small";
      case TINY_ENCODER, TINY_DECODER -> network.name();
    };
  }

  /// Returns the name of a row.
  static String name(Workload workload, boolean bucketed) {
    String dropout = workload.dropout() > 0 ? Double.toString(workload.dropout()) : "0";
    return name(workload.network())
        + switch (workload.kind()) {
          case TRAINING -> " training step, dropout " + dropout;
          case INFERENCE -> " inference";
          case SURGERY -> " PCGrad step, 3 tasks";
          case SENTENCES ->
              " step of sentences, peer pads " + (bucketed ? "buckets" : "random batches");
        };
  }

  private Job job(Workload workload, boolean bucketed) {
    Network network =
        !effort.tiny()
            ? workload.network()
            : workload.network().isEncoder() ? Network.TINY_ENCODER : Network.TINY_DECODER;
    Path file =
        weights.computeIfAbsent(
            network,
            n -> {
              Path path = folder.resolve(n.name() + ".safetensors");
              SafetensorsWriter writer = new SafetensorsWriter();
              n.with(Parameters.random(1), 0).parameters().all().forEach(writer::tensor);
              writer.write(path);
              return path;
            });
    return new Job(workload, network, bucketed, workload.dropout(), file);
  }

  private List<Child.Setting> peers(Job job) {
    List<Child.Setting> settings = new ArrayList<>();
    for (String way : waiting.isEmpty() ? List.of("active", "passive") : List.of(waiting)) {
      settings.add(Child.Setting.peer(Side.Kind.TORCH, threads, way));
      if (job.workload().kind() == Workload.Kind.INFERENCE && job.network().isEncoder()) {
        settings.add(Child.Setting.peer(Side.Kind.TORCH_FAST, threads, way));
      }
    }
    return settings;
  }

  /// Measures the rows of a workload whose names are wanted.
  void measure(Workload workload, Predicate<String> wanted, Consumer<Row> rows) {
    boolean sentences = workload.kind() == Workload.Kind.SENTENCES;
    for (boolean bucketed : sentences ? new boolean[] {false, true} : new boolean[] {false}) {
      if (wanted.test(name(workload, bucketed))) {
        compare(job(workload, bucketed), name(workload, bucketed), rows);
      }
    }
  }

  /// Of the peer's settings the fastest is compared with: each warms up all the same.
  private void compare(Job job, String name, Consumer<Row> rows) {
    Duel duel = new Duel(effort, effort.rounds(), effort.stepWarmMillis(), job.round());
    Child ours = children.get(Child.Setting.ours(threads));
    ours.threads(threads);
    double[] expected = {};
    List<Child.Setting> settings = peers(job);
    if (!settings.stream().allMatch(s -> differences.containsKey(sameWork(job, s)))) {
      ours.open(job.plain());
      expected = ours.probe();
    }
    ours.open(job.unsorted());
    ours.rest();
    double difference = 0;
    Duel.@Nullable Ready best = null;
    Child.Setting bestSetting = Child.Setting.ours(threads);
    for (Child.Setting setting : settings) {
      Child child = children.get(setting);
      Double known = differences.get(sameWork(job, setting));
      if (known == null) {
        child.open(job.plain());
        known = Probe.require(name, expected, child.probe());
        differences.put(sameWork(job, setting), known);
      }
      difference = Math.max(difference, known);
      child.open(job);
      Duel.Ready ready = duel.warm(child);
      if (best != null && best.millis() <= ready.millis()) {
        children.end(setting);
      } else {
        if (best != null) {
          children.end(bestSetting);
        }
        best = ready;
        bestSetting = setting;
      }
    }
    if (effort.lasting()) {
      waiting = bestSetting.waiting();
    }
    Duel.Times t = duel.fight(duel.warm(ours), Objects.requireNonNull(best));
    String about = best.child().about() + " (" + bestSetting.note() + ")";
    rows.accept(
        new Row(
            group(job), name, threads, t.ours(), t.peer(), "ms", about, difference, t.waiting()));
    children.endRow();
  }

  /// Rows that differ in dropout alone are compared once: without any.
  private static List<Object> sameWork(Job job, Child.Setting setting) {
    return List.of(job.network(), job.workload().kind(), job.bucketed(), setting);
  }

  private static String group(Job job) {
    return switch (job.workload().kind()) {
      case TRAINING -> "training";
      case SENTENCES -> "real sentences";
      case SURGERY -> "gradient surgery";
      case INFERENCE -> "inference";
    };
  }

  /// Starts fresh processes in turn and measures the time from the start of the JVM to the end of
  /// the first step, weights loaded and all.
  void firstStep(Workload workload, Predicate<String> wanted, Consumer<Row> rows) {
    String name = name(workload.network()) + " first training step after JVM start";
    if (wanted.test(name)) {
      rows.accept(
          fresh("first step", name, "s", workload, Child.Setting.ours(threads), 0, Fresh::seconds));
    }
  }

  /// Starts fresh processes in turn and measures the most memory that each has had after some
  /// steps, ours with a heap no larger than these steps need.
  void memory(Workload workload, Predicate<String> wanted, Consumer<Row> rows) {
    String heap = heap(workload);
    String name = name(workload, false) + ", peak memory with " + heap;
    if (wanted.test(name)) {
      rows.accept(
          fresh(
              "peak memory",
              name,
              "MB",
              workload,
              Child.Setting.oursWithin(threads, heap),
              5,
              Fresh::megabytes));
    }
  }

  /// Returns a heap that these steps run in; with a tenth less they do not.
  private static String heap(Workload workload) {
    return switch (workload) {
      case MINILM_TRAINING -> "-Xmx650m";
      case MINILM_PCGRAD -> "-Xmx850m";
      case DISTILBERT_TRAINING -> "-Xmx1150m";
      case GPT2_TRAINING -> "-Xmx2190m";
      default -> throw new IllegalArgumentException("nobody asks for the memory of " + workload);
    };
  }

  /// What a fresh process says of itself.
  ///
  /// @param seconds until the end of its first step
  /// @param megabytes the most resident memory (2^20 bytes) that it has had
  private record Fresh(double seconds, double megabytes) {}

  private Row fresh(
      String group,
      String name,
      String unit,
      Workload workload,
      Child.Setting ours,
      int more,
      ToDoubleFunction<Fresh> figure) {
    Job job = job(workload, false);
    List<Child.Setting> settings =
        List.of(
            ours,
            Child.Setting.peer(Side.Kind.TORCH, threads, "active"),
            Child.Setting.peer(Side.Kind.TORCH, threads, "passive"));
    double[][] values = new double[settings.size()][effort.starts()];
    String about = "";
    Pressure start = Pressure.now();
    for (int i = 0; i < effort.starts(); i++) {
      for (int side = 0; side < settings.size(); side++) {
        long begin = System.nanoTime();
        try (Child child = Child.start(settings.get(side))) {
          child.open(job);
          child.run(1);
          double seconds = (System.nanoTime() - begin) / 1e9;
          if (more > 0) {
            child.run(more * job.round());
          }
          values[side][i] = figure.applyAsDouble(new Fresh(seconds, child.peak()));
          about = child.about();
        }
      }
    }
    return row(group, name, values, unit, about, start.since());
  }

  /// The peer's figure is the better of its two ways of waiting.
  private Row row(
      String group, String name, double[][] values, String unit, String about, double pressure) {
    return new Row(
        group,
        name,
        threads,
        Duel.median(values[0]),
        Math.min(Duel.median(values[1]), Duel.median(values[2])),
        unit,
        about,
        Double.NaN,
        pressure);
  }
}
