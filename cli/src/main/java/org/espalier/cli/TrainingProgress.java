package org.espalier.cli;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import org.espalier.multitask.train.StepReport;
import org.espalier.multitask.train.TrainingListener;

/// Listens to a training: shows losses and speed, writes the log, and passes on the wish to stop.
final class TrainingProgress implements TrainingListener {
  private static final double SMOOTHING = 0.9;

  private final String phase;
  private final ProgressLine progress;
  private final RunLog log;
  private final StopSignal stop;
  private final Map<String, Double> losses = new LinkedHashMap<>();
  private final long start = System.nanoTime();
  private long tokens;

  TrainingProgress(String phase, ProgressLine progress, RunLog log, StopSignal stop) {
    this.phase = phase;
    this.progress = progress;
    this.log = log;
    this.stop = stop;
  }

  @Override
  public void onStep(StepReport report) {
    log.step(phase, report);
    tokens += report.tokens();
    losses.merge(
        report.task(), report.loss(), (old, now) -> SMOOTHING * old + (1 - SMOOTHING) * now);
    progress.at(report.step(), brief(), details());
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

  @Override
  public void onValidation(int step, Map<String, Double> scores) {
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("phase", phase);
    details.put("step", step);
    Map<String, Object> numbers = new LinkedHashMap<>();
    scores.forEach((task, score) -> numbers.put(task, RunLog.number(score)));
    details.put("scores", numbers);
    log.event("validation", details);
  }

  @Override
  public boolean stopRequested() {
    return stop.isRequested();
  }
}
