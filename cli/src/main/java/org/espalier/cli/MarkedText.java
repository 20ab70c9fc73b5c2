package org.espalier.cli;

import org.espalier.nn.data.Example;
import org.espalier.nn.data.Target;
import org.espalier.nn.text.Encoding;
import org.espalier.nn.text.Tokenizer;

/// A text in which one word is marked, as in `He sat on the [[bank]] of the river`.
///
/// @param text without the brackets
/// @param start where the marked word starts
/// @param end where it ends
record MarkedText(String text, int start, int end) {
  private static final String OPEN = "[[";
  private static final String CLOSE = "]]";

  /// Reads a text with a mark.
  ///
  /// @throws ArgumentError when there is not exactly one, around something
  static MarkedText parse(String marked) {
    int open = marked.indexOf(OPEN);
    int close = open < 0 ? -1 : marked.indexOf(CLOSE, open + OPEN.length());
    boolean one = close >= 0 && marked.indexOf(OPEN, open + 1) < 0;
    if (!one || marked.substring(open + OPEN.length(), close).isBlank()) {
      throw new ArgumentError(
          "this task asks about one word: mark it with double brackets, as in 'He sat on the"
              + " [[bank]] of the river'; found '"
              + marked
              + "'");
    }
    String before = marked.substring(0, open);
    String word = marked.substring(open + OPEN.length(), close);
    int lead = word.length() - word.stripLeading().length();
    String text = before + word + marked.substring(close + CLOSE.length());
    int start = before.length() + lead;
    return new MarkedText(text, start, start + word.strip().length());
  }

  /// Encodes the text, to be asked about the first piece of the word.
  ///
  /// @throws ArgumentError when the word has no piece, because the text is too long or the word
  ///   nothing that the tokenizer knows
  Example encode(Tokenizer tokenizer, int maxTokens) {
    Encoding encoding = tokenizer.encode(text, maxTokens);
    for (int i = 0; i < encoding.length(); i++) {
      if (!encoding.isSpecial(i) && encoding.end(i) > start && encoding.start(i) < end) {
        return new Example(encoding.ids(), new Target.TokenClass(i, 0));
      }
    }
    throw new ArgumentError(
        "the marked word '"
            + text.substring(start, end)
            + "' is not among the "
            + maxTokens
            + " tokens that the model reads");
  }
}
