package org.espalier.profile;

import org.espalier.meter.Flight;
import org.jspecify.annotations.Nullable;

/// Marks a training step in flight recordings, as the event `org.espalier.Step`; free while nobody
/// records.
///
/// ```java
/// TrainingStep mark = TrainingStep.begin();
/// double loss = step(batch);
/// mark.end(number, "sense", loss, batch.tokens());
/// ```
public final class TrainingStep {
  private static final TrainingStep UNRECORDED = new TrainingStep(null);

  private final @Nullable Object event;

  private TrainingStep(@Nullable Object event) {
    this.event = event;
  }

  /// Begins a step now.
  public static TrainingStep begin() {
    Object event = Flight.beginStep();
    return event == null ? UNRECORDED : new TrainingStep(event);
  }

  /// Ends the step now; a step that is never ended leaves no event.
  ///
  /// @param number of the step, from 1
  /// @param task name of the task, or `all`
  /// @param loss before weighting
  /// @param tokens read in this step
  public void end(long number, String task, double loss, long tokens) {
    if (event != null) {
      Flight.endStep(event, number, task, loss, tokens);
    }
  }
}
