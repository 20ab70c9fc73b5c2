package org.espalier.multitask.train;

import java.util.List;
import org.espalier.nn.data.Example;
import org.espalier.nn.head.Head;

/// A task: its head, its examples, and how it is scored.
///
/// @param name such as `sense`
/// @param head what it puts on top of the encoder
/// @param headPath where its parameters are, such as `heads.sense`
/// @param train examples to learn from; empty when the task is only asked
/// @param validation examples to measure on
/// @param scores the primary one first
public record Task(
    String name,
    Head head,
    String headPath,
    List<Example> train,
    List<Example> validation,
    List<Score> scores) {

  /// Copies the lists.
  ///
  /// @throws IllegalArgumentException when there is no score
  public Task {
    train = List.copyOf(train);
    validation = List.copyOf(validation);
    scores = List.copyOf(scores);
    if (scores.isEmpty()) {
      throw new IllegalArgumentException("task '" + name + "' needs at least one score");
    }
  }

  /// Returns the score that decides.
  public Score primary() {
    return scores.getFirst();
  }
}
