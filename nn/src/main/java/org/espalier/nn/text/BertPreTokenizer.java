package org.espalier.nn.text;

/// Splits at white space, which disappears, and around each punctuation character, which is a word
/// of its own.
enum BertPreTokenizer implements PreTokenizer {
  /// The only one.
  INSTANCE;

  @Override
  public void split(AlignedText text, int from, int to, WordSink sink) {
    int start = from;
    for (int i = from; i < to; i++) {
      int c = text.codePoints[i];
      boolean space = CharacterClass.isWhitespace(c);
      if (!space && !CharacterClass.isPunctuation(c)) continue;
      if (start < i) sink.word(text, start, i);
      if (!space) sink.word(text, i, i + 1);
      start = i + 1;
    }
    if (start < to) sink.word(text, start, to);
  }
}
