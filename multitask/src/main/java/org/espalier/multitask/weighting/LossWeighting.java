package org.espalier.multitask.weighting;

import java.util.Map;
import org.espalier.Tensor;

/// Turns the losses of tasks into the one that is minimised.
///
/// A step may hold one task or several: each loss is weighed by itself, and the weighed losses are
/// added.
public interface LossWeighting {
  /// What reports and `--weighting` call it.
  String name();

  /// Returns what task `task` adds to the total.
  ///
  /// @param loss the task's mean loss, one number
  Tensor weigh(int task, Tensor loss);

  /// Tells whether [#weigh] does the same in every step of a task, whatever the host has seen
  /// meanwhile, so that a step with it can be recorded once: fixed numbers, and tensors that are
  /// learned, but no weight that the host computes anew.
  default boolean isRecordable() {
    return false;
  }

  /// Returns the weight that a task's loss has now, for reports.
  double weight(int task);

  /// Returns what is learned along with the model, by name; it is trained at a rate of its own,
  /// without decay.
  default Map<String, Tensor> parameters() {
    return Map.of();
  }
}
