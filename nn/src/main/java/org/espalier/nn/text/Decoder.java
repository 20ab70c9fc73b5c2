package org.espalier.nn.text;

/// Joins tokens to text.
sealed interface Decoder {

  /// Appends a token to what has been decoded so far.
  void append(String token, boolean first, StringBuilder out);

  /// Joins by spaces.
  enum Spaces implements Decoder {
    /// The only one.
    SPACES;

    @Override
    public void append(String token, boolean first, StringBuilder out) {
      if (!first) out.append(' ');
      out.append(token);
    }
  }

  /// Glues pieces that carry the prefix to what stands before; with `cleanup`, English punctuation
  /// and contractions too, token by token.
  record Prefixed(String prefix, boolean cleanup) implements Decoder {
    @Override
    public void append(String token, boolean first, StringBuilder out) {
      String text = token;
      if (!first) {
        text = token.startsWith(prefix) ? token.substring(prefix.length()) : " " + token;
      }
      out.append(cleanup ? clean(text) : text);
    }

    private static String clean(String text) {
      return text.replace(" .", ".")
          .replace(" ?", "?")
          .replace(" !", "!")
          .replace(" ,", ",")
          .replace(" ' ", "'")
          .replace(" n't", "n't")
          .replace(" 'm", "'m")
          .replace(" do not", " don't")
          .replace(" 's", "'s")
          .replace(" 've", "'ve")
          .replace(" 're", "'re");
    }
  }
}
