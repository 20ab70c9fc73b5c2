package org.espalier.cli.data;

import java.util.List;

/// The examples of one task in two disjoint parts.
///
/// The split is a property of the data, not of a run: all examples of one group (a WordNet synset,
/// a LanguageTool rule) lie in the same part whatever the seed.
///
/// @param <E> the shape of the examples
/// @param name the task's name on the command line, such as `word-sense`
/// @param labels what the label indices mean; empty for a regression
/// @param train the examples to learn from
/// @param validation the examples to measure on
public record TaskData<E extends Example>(
    String name, List<String> labels, List<E> train, List<E> validation) {

  /// Keeps immutable copies of the lists.
  public TaskData {
    labels = List.copyOf(labels);
    train = List.copyOf(train);
    validation = List.copyOf(validation);
  }

  /// A smaller task of at most so many examples in each part, drawn without replacement.
  ///
  /// The training draw depends on `seed`; the validation draw does not, so that runs with different
  /// seeds are measured on the same sentences. A larger draw contains the smaller one of the same
  /// seed.
  ///
  /// @throws IllegalArgumentException if a count is negative
  public TaskData<E> draw(int trainCount, int validationCount, long seed) {
    long stream = Split.hash(name);
    return new TaskData<>(
        name,
        labels,
        Split.draw(train, trainCount, seed ^ stream),
        Split.draw(validation, validationCount, stream));
  }
}
