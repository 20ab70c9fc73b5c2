package org.espalier.nn.data;

import java.util.Arrays;

/// What a model should say of one sequence.
public sealed interface Target {
  /// A class of the whole sequence.
  ///
  /// @param label the class, from 0
  record SequenceClass(int label) implements Target {}

  /// A number for the whole sequence.
  ///
  /// @param value the number
  record SequenceValue(double value) implements Target {}

  /// A class of one token.
  ///
  /// @param position the token's place in the sequence, special tokens counted
  /// @param label the class, from 0
  record TokenClass(int position, int label) implements Target {}

  /// A tag for each token.
  final class TokenTags implements Target {
    /// The tag of a token that has none: special tokens and all but the first piece of a word.
    public static final int NONE = org.espalier.op.CrossEntropy.IGNORE;

    private final int[] tags;

    /// Makes tags, one for each token of the sequence.
    public TokenTags(int... tags) {
      this.tags = tags.clone();
    }

    /// Returns the number of tokens.
    public int size() {
      return tags.length;
    }

    /// Returns the tag of a token, or `NONE`.
    public int tag(int token) {
      return tags[token];
    }

    @Override
    public boolean equals(Object o) {
      return o instanceof TokenTags t && Arrays.equals(tags, t.tags);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(tags);
    }

    @Override
    public String toString() {
      return "TokenTags" + Arrays.toString(tags);
    }
  }
}
