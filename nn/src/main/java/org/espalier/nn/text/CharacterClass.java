package org.espalier.nn.text;

/// The classes of characters that BERT's normalizer and pre-tokenizer tell apart.
///
/// They follow the Unicode version of the JDK. Hugging Face's `tokenizers` follows Unicode 8: it
/// takes the 600 or so marks and punctuation characters of rare scripts that were added since 2015
/// for letters.
final class CharacterClass {
  private CharacterClass() {}

  /// Unicode's property `White_Space`.
  static boolean isWhitespace(int c) {
    if (c < 0x80) return c == ' ' || (c >= '\t' && c <= '\r');
    return c == 0x85
        || c == 0xA0
        || c == 0x1680
        || (c >= 0x2000 && c <= 0x200A)
        || c == 0x2028
        || c == 0x2029
        || c == 0x202F
        || c == 0x205F
        || c == 0x3000;
  }

  /// Control and format characters, private use, halves of surrogate pairs, and the replacement
  /// character; not tab and line ends.
  static boolean isControl(int c) {
    if (c < 0x7F) return c < ' ' && c != '\t' && c != '\n' && c != '\r';
    return c == 0xFFFD
        || switch (Character.getType(c)) {
          case Character.CONTROL, Character.FORMAT, Character.PRIVATE_USE, Character.SURROGATE ->
              true;
          default -> false;
        };
  }

  /// Unicode's punctuation, and all of ASCII that is neither letter, digit, space nor control.
  static boolean isPunctuation(int c) {
    if (c < 0x80) {
      return c > ' '
          && c < 0x7F
          && !(c >= '0' && c <= '9')
          && !(c >= 'A' && c <= 'Z')
          && !(c >= 'a' && c <= 'z');
    }
    return switch (Character.getType(c)) {
      case Character.CONNECTOR_PUNCTUATION,
          Character.DASH_PUNCTUATION,
          Character.START_PUNCTUATION,
          Character.END_PUNCTUATION,
          Character.INITIAL_QUOTE_PUNCTUATION,
          Character.FINAL_QUOTE_PUNCTUATION,
          Character.OTHER_PUNCTUATION ->
          true;
      default -> false;
    };
  }

  /// The blocks of CJK ideographs that BERT sets apart. The block of extension E starts at U+2B920
  /// and not at U+2B820: a slip of the original that vocabularies depend on.
  static boolean isIdeograph(int c) {
    if (c < 0x3400) return false;
    return (c >= 0x4E00 && c <= 0x9FFF)
        || c <= 0x4DBF
        || (c >= 0x20000 && c <= 0x2A6DF)
        || (c >= 0x2A700 && c <= 0x2B73F)
        || (c >= 0x2B740 && c <= 0x2B81F)
        || (c >= 0x2B920 && c <= 0x2CEAF)
        || (c >= 0xF900 && c <= 0xFAFF)
        || (c >= 0x2F800 && c <= 0x2FA1F);
  }

  /// A mark that takes no room of its own, as an accent.
  static boolean isNonSpacingMark(int c) {
    return c >= 0x300 && Character.getType(c) == Character.NON_SPACING_MARK;
  }

  /// What may stand inside a word: letters, marks, digits, connectors and joiners.
  static boolean isWordCharacter(int c) {
    return Character.isAlphabetic(c)
        || c == 0x200C
        || c == 0x200D
        || switch (Character.getType(c)) {
          case Character.NON_SPACING_MARK,
              Character.ENCLOSING_MARK,
              Character.COMBINING_SPACING_MARK,
              Character.DECIMAL_DIGIT_NUMBER,
              Character.CONNECTOR_PUNCTUATION ->
              true;
          default -> false;
        };
  }
}
