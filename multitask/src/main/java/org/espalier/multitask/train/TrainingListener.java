package org.espalier.multitask.train;

import java.util.Map;

/// Hears of training as it goes on: progress bars, logs, tests.
public interface TrainingListener {
  /// Called after each step.
  default void onStep(StepReport report) {}

  /// Called after each validation with the primary score of each task.
  default void onValidation(int step, Map<String, Double> scores) {}

  /// Asked before each step; true ends training after the last finished one.
  default boolean stopRequested() {
    return false;
  }
}
