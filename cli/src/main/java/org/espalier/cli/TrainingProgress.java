package org.espalier.cli;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import org.espalier.multitask.train.StepReport;
import org.espalier.multitask.train.TrainingListener;

/// Listens to a training, or to several side by side: shows losses and speed, writes each one's
/// log, and passes on the wish to stop.
final class TrainingProgress {
  private static final double SMOOTHING = 0.9;

  private final ProgressLine progress;
  private final StopSignal stop;
  private final Map<String, Double> losses = new LinkedHashMap<>();
  private final long start = System.nanoTime();
  private long tokens;

  TrainingProgress(ProgressLine progress, StopSignal stop) {
    this.progress = progress;
    this.stop = stop;
  }

  /// What one training tells to.
  ///
  /// @param phase what the log calls it
  TrainingListener listener(String phase, RunLog log) {
    return new TrainingListener() {
      @Override
      public void onStep(StepReport report) {
        log.step(phase, report);
        show(report);
      }

      @Override
      public void onValidation(int step, Map<String, Double> scores) {
        validated(phase, log, step, scores);
      }

      @Override
      public boolean stopRequested() {
        return stop.isRequested();
      }
    };
  }

  private synchronized void show(StepReport report) {
    tokens += report.tokens();
    losses.merge(
        report.task(), report.loss(), (old, now) -> SMOOTHING * old + (1 - SMOOTHING) * now);
    progress.step(brief(), details());
  }

  private String brief() {
    double mean = losses.values().stream().mapToDouble(x -> x).average().orElse(0);
    return String.format(Locale.ROOT, "loss %.3f %s", mean, speed());
  }

  private String details() {
    StringJoiner text = new StringJoiner(" ", "loss ", "  " + speed());
    losses.forEach((task, loss) -> text.add(String.format(Locale.ROOT, "%s %.3f", task, loss)));
    return text.toString();
  }

  private String speed() {
    double seconds = (System.nanoTime() - start) / 1e9;
    return String.format(Locale.ROOT, "%,.0f tokens/s", tokens / seconds);
  }

  private static void validated(String phase, RunLog log, int step, Map<String, Double> scores) {
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("phase", phase);
    details.put("step", step);
    Map<String, Object> numbers = new LinkedHashMap<>();
    scores.forEach((task, score) -> numbers.put(task, RunLog.number(score)));
    details.put("scores", numbers);
    log.event("validation", details);
  }
}
