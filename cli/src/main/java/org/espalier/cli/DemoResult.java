package org.espalier.cli;

import java.util.List;
import java.util.Map;
import org.espalier.multitask.diagnostics.CosineMatrix;
import org.espalier.multitask.report.PairedBootstrap;
import org.jspecify.annotations.Nullable;

/// What a demonstration measured.
///
/// @param tasks task by task
/// @param cosines how the tasks' gradients lie to each other at the pretrained point; null when
///   there was no room or there were too few examples to measure them
/// @param steps steps of the multi-task training
/// @param tokensPerSecond real tokens of the multi-task training over its time
/// @param parameterHash fingerprint of the trained multi-task parameters
/// @param phases seconds of each phase
/// @param seconds of everything
record DemoResult(
    List<TaskResult> tasks,
    @Nullable CosineMatrix cosines,
    int steps,
    double tokensPerSecond,
    String parameterHash,
    Map<String, Double> phases,
    double seconds) {

  DemoResult {
    tasks = List.copyOf(tasks);
  }

  /// What was measured of a task.
  ///
  /// @param spec the task
  /// @param budget training steps that each of the models spent on it
  /// @param validation examples it was measured on
  /// @param scores the primary one first
  /// @param comparison multi-task against single-task by the primary score
  record TaskResult(
      TaskSpec spec,
      int budget,
      int validation,
      List<ScoreResult> scores,
      PairedBootstrap.Comparison comparison) {

    TaskResult {
      scores = List.copyOf(scores);
    }

    /// The score that decides.
    ScoreResult primary() {
      return scores.getFirst();
    }
  }

  /// One score of the three models, and of no model at all.
  ///
  /// @param name such as `accuracy`
  /// @param multi trained on all tasks
  /// @param single trained on this task alone
  /// @param frozen the pretrained encoder as it is, with a trained head
  /// @param trivial the same answer always
  record ScoreResult(
      String name, double multi, double single, double frozen, TrivialBaseline trivial) {}
}
