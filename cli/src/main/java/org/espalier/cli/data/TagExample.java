package org.espalier.cli.data;

import java.util.List;

/// A sentence with a tag on every word.
///
/// @param words the sentence split at white space and punctuation, case kept
/// @param tags for each word the index of its tag in the task's labels
public record TagExample(List<String> words, List<Integer> tags) implements Example {
  /// Keeps immutable copies.
  ///
  /// @throws IllegalArgumentException if there is not one tag for each word
  public TagExample {
    words = List.copyOf(words);
    tags = List.copyOf(tags);
    if (words.size() != tags.size()) {
      throw new IllegalArgumentException(
          "a tagged sentence needs one tag a word, got %d words and %d tags"
              .formatted(words.size(), tags.size()));
    }
  }
}
