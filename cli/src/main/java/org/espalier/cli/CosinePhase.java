package org.espalier.cli;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.espalier.Tensor;
import org.espalier.multitask.diagnostics.CosineMatrix;
import org.espalier.multitask.diagnostics.GradientCosines;
import org.espalier.multitask.train.MultiTaskModel;
import org.jspecify.annotations.Nullable;

/// Measures how the tasks' gradients on the encoder's layers lie to each other, with as many
/// batches as there are examples and memory for. The model is one whose heads have been trained and
/// whose encoder has not.
final class CosinePhase {
  /// What encoder, activations and pool take in any case.
  private static final long OTHERS = 640L << 20;

  private static final double SHARE_OF_THE_REST = 0.5;

  /// With two, leaving one out for the standard error leaves nothing to compare.
  private static final int LEAST_BATCHES = 3;

  private static final String LAYERS = "encoder.";

  private final DemoOptions options;
  private final ProgressLine.Style style;
  private final PrintWriter out;
  private final PrintWriter err;
  private final StopSignal stop;

  CosinePhase(
      DemoOptions options,
      ProgressLine.Style style,
      PrintWriter out,
      PrintWriter err,
      StopSignal stop) {
    this.options = options;
    this.style = style;
    this.out = out;
    this.err = err;
    this.stop = stop;
  }

  /// How many batches of how many examples to take; no batches where nothing can be measured.
  record Size(int batches, int examples) {
    /// The size that fits: disjoint batches from the smallest task, gradients within the memory.
    static Size fitting(Size wanted, int smallestTask, long bytesOfOneBatch, long memory) {
      int examples = Math.min(wanted.examples, smallestTask / LEAST_BATCHES);
      if (examples < 1) {
        return new Size(0, 0);
      }
      long room = memory / Math.max(1, bytesOfOneBatch);
      long batches = Math.min(room, Math.min(wanted.batches, smallestTask / examples));
      return batches < LEAST_BATCHES ? new Size(0, 0) : new Size((int) batches, examples);
    }
  }

  /// Measures and prints; null when there is no room for three batches a task.
  @Nullable CosineMatrix measure(MultiTaskModel model) {
    Map<String, Tensor> layers = new LinkedHashMap<>();
    model
        .parameters()
        .all()
        .forEach((name, t) -> {
          if (name.startsWith(LAYERS)) {
            layers.put(name, t);
          }
        });
    int tasks = model.tasks().size();
    int smallest = model.tasks().stream().mapToInt(t -> t.train().size()).min().orElse(0);
    long memory =
        (long) (Math.max(0, Runtime.getRuntime().maxMemory() - OTHERS) * SHARE_OF_THE_REST);
    var wanted = new Size(options.cosineBatches(), options.cosineBatchSize());
    Size size = Size.fitting(wanted, smallest, GradientCosines.bytes(layers, tasks, 1), memory);
    explain(wanted, size, smallest);
    if (size.batches() == 0) {
      return null;
    }
    int total = tasks * size.batches();
    CosineMatrix matrix;
    try (var progress = ProgressLine.open(style, "cosines", total, err)) {
      matrix =
          new GradientCosines(model, layers, size.batches(), size.examples())
              .measure(
                  options.seed(),
                  _ -> {
                    progress.step("", "");
                    stop.check();
                  });
    }
    out.println();
    out.print(DemoReport.cosines(matrix, size.batches(), size.examples()));
    out.flush();
    return matrix;
  }

  private void explain(Size wanted, Size size, int smallest) {
    if (size.equals(wanted)) {
      return;
    }
    String line =
        size.batches() == 0
            ? "%nGradient cosines are left out: there is no room for three batches of each task"
                + " (smallest task %,d examples, heap %,d MB).%n"
            : "%nGradient cosines use fewer or smaller batches than asked for: that is what the"
                + " smallest task (%,d examples) and the heap (%,d MB) allow.%n";
    out.print(String.format(Locale.ROOT, line, smallest, Runtime.getRuntime().maxMemory() >> 20));
  }
}
