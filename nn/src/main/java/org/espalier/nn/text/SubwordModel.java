package org.espalier.nn.text;

/// Splits a word into pieces that a vocabulary has.
sealed interface SubwordModel permits WordPiece {

  /// Appends the pieces of the word `text[from, to)` to `out`, as parts of word number `word`.
  void split(AlignedText text, int from, int to, int word, Pieces out);
}
