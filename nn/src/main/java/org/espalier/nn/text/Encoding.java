package org.espalier.nn.text;

import java.util.Arrays;

/// A text as tokens: for each its id, its segment, and where in the text it came from.
public final class Encoding {
  private final Pieces pieces;
  private final boolean truncated;

  Encoding(Pieces pieces, boolean truncated) {
    this.pieces = pieces;
    this.truncated = truncated;
  }

  /// How many tokens there are, special ones included.
  public int length() {
    return pieces.size();
  }

  /// The ids of all tokens.
  public int[] ids() {
    return Arrays.copyOf(pieces.ids, pieces.size());
  }

  /// The segments of all tokens: 0 for the first text, 1 for the second.
  public int[] segments() {
    return Arrays.copyOf(pieces.segments, pieces.size());
  }

  /// The words of all tokens; see [#word].
  public int[] words() {
    return Arrays.copyOf(pieces.words, pieces.size());
  }

  /// The id of a token.
  public int id(int token) {
    return pieces.ids[checked(token)];
  }

  /// The segment of a token.
  public int segment(int token) {
    return pieces.segments[checked(token)];
  }

  /// Which word of its text a token belongs to, counted from 0; -1 for a token that was put around
  /// the text.
  public int word(int token) {
    return pieces.words[checked(token)];
  }

  /// Where the token starts in its text, in `char`s; 0 for a token that was put around the text.
  public int start(int token) {
    return pieces.starts[checked(token)];
  }

  /// Where the token ends in its text, in `char`s, exclusive.
  public int end(int token) {
    return pieces.ends[checked(token)];
  }

  /// Whether the token was put around the text, as `[CLS]`, and is not part of it.
  public boolean isSpecial(int token) {
    return word(token) < 0;
  }

  /// Whether tokens were dropped to stay within the limit.
  public boolean isTruncated() {
    return truncated;
  }

  /// The ids, for people.
  @Override
  public String toString() {
    return Arrays.toString(ids());
  }

  private int checked(int token) {
    if (token >= 0 && token < pieces.size()) return token;
    throw new IndexOutOfBoundsException("token " + token + " of " + pieces.size());
  }
}
