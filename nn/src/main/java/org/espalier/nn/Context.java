package org.espalier.nn;

import org.espalier.Tensor;
import org.jspecify.annotations.Nullable;

/// What a forward pass knows of its batch.
///
/// @param training whether dropout is on
/// @param layout which rows belong to which sequence
/// @param segments I32 `[rows]`: the segment of each row (0 for the first text, 1 for the second);
///   null when all are 0
/// @param seed seed of this step's random bits; each place in the model has its own stream
/// @param task name of the task whose rows these are; null when there is only one
public record Context(
    boolean training, Ragged layout, @Nullable Tensor segments, long seed, @Nullable String task) {

  /// Returns the context of inference: nothing is dropped.
  public static Context inference(Ragged layout) {
    return new Context(false, layout, null, 0, null);
  }

  /// Returns the context of a training step.
  public static Context training(Ragged layout, long seed) {
    return new Context(true, layout, null, seed, null);
  }

  /// Returns this context for the rows of a task.
  public Context forTask(String name) {
    return new Context(training, layout, segments, seed, name);
  }

  /// Returns this context with the segment of each row.
  public Context withSegments(Tensor ids) {
    return new Context(training, layout, ids, seed, task);
  }
}
