package org.espalier.cli.data;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/// Collects the examples of one task and parts them by group.
///
/// Different groups sometimes share a sentence to the letter (two synsets with the same
/// definition). Such a sentence is kept for validation and dropped from training: nothing is
/// measured on an input that was trained on.
///
/// @param <E> the shape of the examples
final class TaskSplitter<E extends Example> {
  private record Candidate<E>(String key, E example) {}

  private final String name;
  private final List<String> labels;
  private final List<Candidate<E>> train = new ArrayList<>();
  private final List<E> validation = new ArrayList<>();
  private final HashSet<String> validationKeys = new HashSet<>();

  TaskSplitter(String name, List<String> labels) {
    this.name = name;
    this.labels = labels;
  }

  /// Adds an example of a group; `key` is equal for texts that an uncased encoder cannot tell
  /// apart.
  void add(String group, String key, E example) {
    if (Split.isValidation(group)) {
      validation.add(example);
      validationKeys.add(key);
    } else {
      train.add(new Candidate<>(key, example));
    }
  }

  /// The two parts.
  TaskData<E> finish(LoadReport.Tally tally) {
    List<E> kept =
        train.stream()
            .filter(c -> !validationKeys.contains(c.key()))
            .map(Candidate::example)
            .toList();
    tally.add(name + ": training examples", kept.size());
    tally.add(name + ": validation examples", validation.size());
    tally.add(
        name + ": dropped from training, the same text is in validation",
        train.size() - kept.size());
    return new TaskData<>(name, labels, kept, validation);
  }
}
