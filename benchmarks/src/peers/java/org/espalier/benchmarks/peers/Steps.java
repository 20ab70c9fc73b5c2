package org.espalier.benchmarks.peers;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.espalier.benchmarks.Network;
import org.espalier.benchmarks.Workload;
import org.espalier.io.SafetensorsWriter;
import org.espalier.nn.Parameters;

/// Training steps and inference against PyTorch.
final class Steps {
  private final Effort effort;
  private final Path folder;
  private final int threads;
  private final boolean oneWaiting;
  private final Map<Network, Path> weights = new EnumMap<>(Network.class);
  private String waiting = "";

  /// @param folder where files of weights may lie
  /// @param oneWaiting whether the way of waiting that won the first row serves all others
  Steps(Effort effort, Path folder, int threads, boolean oneWaiting) {
    this.effort = effort;
    this.folder = folder;
    this.threads = threads;
    this.oneWaiting = oneWaiting;
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
      settings.add(new Child.Setting(Side.Kind.TORCH, threads, way));
      if (job.workload().kind() == Workload.Kind.INFERENCE && job.network().isEncoder()) {
        settings.add(new Child.Setting(Side.Kind.TORCH_FAST, threads, way));
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

  /// Of the peer's settings the fastest is compared with: each warms up once all the same.
  private void compare(Job job, String name, Consumer<Row> rows) {
    Duel duel = new Duel(effort, effort.stepWarmMillis(), job.round());
    Child best = null;
    Child.Setting bestSetting = null;
    double bestTime = Double.POSITIVE_INFINITY;
    try (Child ours = Child.start(Child.Setting.ours(threads))) {
      ours.open(job.plain());
      double[] expected = ours.probe();
      ours.open(job.unsorted());
      ours.rest();
      double difference = 0;
      List<Child.Setting> settings = peers(job);
      for (Child.Setting setting : settings) {
        Child child = Child.start(setting);
        child.open(job.plain());
        difference = Math.max(difference, Probe.require(name, expected, child.probe()));
        child.open(job);
        double time = settings.size() == 1 ? 0 : duel.warm(child);
        if (time < bestTime) {
          if (best != null) {
            best.close();
          }
          best = child;
          bestSetting = setting;
          bestTime = time;
        } else {
          child.close();
        }
      }
      if (best == null || bestSetting == null) {
        throw new IllegalStateException(name + ": no peer took any time");
      }
      if (oneWaiting) {
        waiting = bestSetting.waiting();
      }
      Duel.Times t = duel.fight(ours, best);
      String about = best.about() + " (" + bestSetting.note() + ")";
      rows.accept(
          new Row(
              group(job), name, threads, t.ours(), t.peer(), "ms", about, difference, t.waiting()));
    } finally {
      if (best != null) {
        best.close();
      }
    }
  }

  private static String group(Job job) {
    return switch (job.workload().kind()) {
      case TRAINING -> "training";
      case SENTENCES -> "real sentences";
      case SURGERY -> "gradient surgery";
      case INFERENCE -> "inference";
    };
  }

  /// Starts fresh processes in turn: the time from the start of the JVM to the end of the first
  /// step, weights loaded and all, and the most memory after a few steps more.
  void fresh(Workload workload, Predicate<String> wanted, Consumer<Row> rows) {
    String first = name(workload.network()) + " first training step after JVM start";
    String memory = name(workload, false) + ", peak memory";
    boolean wantsFirst = workload == Workload.MINILM_TRAINING && wanted.test(first);
    if (!wantsFirst && !wanted.test(memory)) {
      return;
    }
    Job job = job(workload, false);
    List<Child.Setting> settings =
        List.of(
            Child.Setting.ours(threads),
            new Child.Setting(Side.Kind.TORCH, threads, "active"),
            new Child.Setting(Side.Kind.TORCH, threads, "passive"));
    double[][] seconds = new double[settings.size()][effort.starts()];
    double[][] megabytes = new double[settings.size()][effort.starts()];
    String about = "";
    Pressure start = Pressure.now();
    for (int i = 0; i < effort.starts(); i++) {
      for (int side = 0; side < settings.size(); side++) {
        long begin = System.nanoTime();
        try (Child child = Child.start(settings.get(side))) {
          child.open(job);
          child.run(1);
          seconds[side][i] = (System.nanoTime() - begin) / 1e9;
          child.run(5 * job.round());
          megabytes[side][i] = child.peak();
          about = child.about();
        }
      }
    }
    double pressure = start.since();
    if (wantsFirst) {
      rows.accept(row("first step", first, seconds, "s", about, pressure));
    }
    if (wanted.test(memory)) {
      rows.accept(row("peak memory", memory, megabytes, "MB", about, pressure));
    }
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
