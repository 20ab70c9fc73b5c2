package org.espalier.cli;

import java.util.Collections;
import java.util.List;
import org.espalier.Device;
import org.espalier.multitask.aggregation.GradientAggregator;
import org.espalier.multitask.aggregation.PcGrad;
import org.espalier.multitask.aggregation.SumAggregator;
import org.espalier.multitask.sampling.ProportionalSampler;
import org.espalier.multitask.sampling.RoundRobinSampler;
import org.espalier.multitask.sampling.TaskSampler;
import org.espalier.multitask.sampling.TemperatureSampler;
import org.espalier.multitask.train.MultiTaskTrainer;
import org.espalier.multitask.train.Task;
import org.espalier.multitask.weighting.FixedWeighting;
import org.espalier.multitask.weighting.LossWeighting;
import org.espalier.multitask.weighting.UncertaintyWeighting;
import org.jspecify.annotations.Nullable;

/// Makes the multi-task methods that options name.
final class Methods {
  private Methods() {}

  /// Makes a weighting: `equal`, `uncertainty` or `fixed:w1,w2,...`.
  ///
  /// @param device where the losses are
  /// @throws IllegalArgumentException when there is none of that name, or the numbers do not fit
  static LossWeighting weighting(Choice choice, List<TaskSpec.Kind> tasks, Device device) {
    return switch (choice.name()) {
      case "equal" -> FixedWeighting.equal(tasks.size());
      case "uncertainty" ->
          new UncertaintyWeighting(
              tasks.stream()
                  .map(t ->
                      t == TaskSpec.Kind.REGRESSION
                          ? UncertaintyWeighting.Kind.REGRESSION
                          : UncertaintyWeighting.Kind.CLASSIFICATION)
                  .toList(),
              device);
      case "fixed" -> {
        if (choice.numbers().size() != tasks.size()) {
          throw new IllegalArgumentException(
              "weighting 'fixed' needs one weight for each of the "
                  + tasks.size()
                  + " tasks, as in fixed:1,0.5; found "
                  + choice.numbers().size());
        }
        yield FixedWeighting.of(
            choice.numbers().stream().mapToDouble(Double::doubleValue).toArray());
      }
      default -> throw unknown("weighting", choice, "equal, uncertainty, fixed:w1,w2,...");
    };
  }

  /// Makes an aggregator: `pcgrad` or `sum`; null for `none`.
  ///
  /// @throws IllegalArgumentException when there is none of that name
  static @Nullable GradientAggregator aggregator(Choice choice, long seed) {
    return switch (choice.name()) {
      case "none" -> null;
      case "pcgrad" -> new PcGrad(seed);
      case "sum" -> new SumAggregator();
      default -> throw unknown("aggregation", choice, "none, pcgrad, sum");
    };
  }

  /// Makes a sampler: `proportional`, `temperature`, `temperature:exponent` or `round-robin`.
  ///
  /// @throws IllegalArgumentException when there is none of that name, or the exponent is not in
  ///   `[0, 1]`
  static TaskSampler sampler(Choice choice, List<Task> tasks, int batchSize, long seed) {
    int[] batches = MultiTaskTrainer.batches(tasks, batchSize);
    return switch (choice.name()) {
      case "proportional" -> new ProportionalSampler(batches, seed);
      case "temperature" -> new TemperatureSampler(batches, exponent(choice), seed);
      case "round-robin" -> new RoundRobinSampler(batches.length);
      default ->
          throw unknown("sampler", choice, "proportional, temperature[:exponent], round-robin");
    };
  }

  /// Looks at names and numbers before any work is done.
  ///
  /// @throws IllegalArgumentException when one does not fit
  static void check(DemoOptions options) {
    int tasks = options.tasks().size();
    weighting(
        options.weighting(),
        Collections.nCopies(tasks, TaskSpec.Kind.SENTENCE_CLASSES),
        options.device());
    aggregator(options.aggregation(), 0);
    if (options.graphs() && !options.aggregation().name().equals("none")) {
      throw new IllegalArgumentException(
          "aggregation '"
              + options.aggregation()
              + "' reads the Gram matrix of the gradients within a step, so --graphs cannot record"
              + " it; leave one of the two out");
    }
    if (options.soft() && !options.aggregation().name().equals("none")) {
      throw new IllegalArgumentException(
          "aggregation '"
              + options.aggregation()
              + "' combines gradients on shared parameters, and --sharing soft has none; leave one"
              + " of the two out");
    }
    String sampler = options.sampler().name();
    if (!List.of("proportional", "temperature", "round-robin").contains(sampler)) {
      throw unknown(
          "sampler", options.sampler(), "proportional, temperature[:exponent], round-robin");
    }
    exponent(options.sampler());
  }

  private static double exponent(Choice choice) {
    double exponent =
        choice.numbers().isEmpty()
            ? TemperatureSampler.DEFAULT_EXPONENT
            : choice.numbers().getFirst();
    if (!(exponent >= 0 && exponent <= 1)) {
      throw new IllegalArgumentException("the exponent " + exponent + " is not in [0, 1]");
    }
    return exponent;
  }

  private static IllegalArgumentException unknown(String what, Choice choice, String known) {
    return new IllegalArgumentException(
        "no " + what + " '" + choice.name() + "'; expected one of " + known);
  }
}
