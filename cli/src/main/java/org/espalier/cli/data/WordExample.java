package org.espalier.cli.data;

import java.util.List;
import java.util.Objects;

/// A sentence of which one word has a class; the other words carry no label.
///
/// @param words the sentence split at white space and punctuation, case kept
/// @param position the index of the labelled word; the first word when the target has several
/// @param label the index of its class in the task's labels
public record WordExample(List<String> words, int position, int label) implements Example {
  /// Keeps an immutable copy of the words.
  ///
  /// @throws IndexOutOfBoundsException if `position` is not the index of a word
  public WordExample {
    words = List.copyOf(words);
    Objects.checkIndex(position, words.size());
  }
}
