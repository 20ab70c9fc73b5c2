package org.espalier.multitask.train;

import java.util.List;
import java.util.Map;

/// What a training run was.
///
/// @param steps steps done
/// @param tokens tokens seen
/// @param seconds time of the training steps, validation not counted
/// @param lossCurves for each task its loss at each of its steps
/// @param scoreCurves for each task its primary score at each validation
/// @param stoppedEarly whether validation ended it
/// @param interrupted whether the listener ended it
public record TrainingResult(
    int steps,
    long tokens,
    double seconds,
    Map<String, List<CurvePoint>> lossCurves,
    Map<String, List<CurvePoint>> scoreCurves,
    boolean stoppedEarly,
    boolean interrupted) {

  /// A point of a curve.
  ///
  /// @param step from 1
  /// @param value the loss or score
  public record CurvePoint(int step, double value) {}

  /// Returns the tokens of a second of training.
  public double tokensPerSecond() {
    return seconds > 0 ? tokens / seconds : 0;
  }
}
