package org.espalier.nn.text;

/// Splits normalized text into words, which a [SubwordModel] splits further.
sealed interface PreTokenizer permits BertPreTokenizer, PreTokenizer.None {

  /// Calls `sink` for each word of `text[from, to)`, in order.
  void split(AlignedText text, int from, int to, WordSink sink);

  /// Receives words.
  interface WordSink {
    /// Takes the word `text[from, to)`, which is not empty.
    void word(AlignedText text, int from, int to);
  }

  /// Takes the whole text for one word.
  enum None implements PreTokenizer {
    /// The only one.
    NONE;

    @Override
    public void split(AlignedText text, int from, int to, WordSink sink) {
      if (from < to) sink.word(text, from, to);
    }
  }
}
