package org.espalier.cli.data;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// Splits a sentence the way BERT's basic tokeniser does (Devlin et al. 2018): at white space, and
/// every punctuation mark or ideograph is a word of its own.
///
/// A word piece never crosses such a border, so the words of a sentence and the sentence itself
/// give the same pieces.
final class Words {
  private static final Pattern MARKS = Pattern.compile("\\p{Mn}+");

  /// A word and the range of characters it was cut from.
  record Word(String text, int start, int end) {}

  private Words() {}

  /// The words of a sentence in order.
  static List<String> split(String sentence) {
    return locate(sentence).stream().map(Word::text).toList();
  }

  /// The words of a sentence with their places in it.
  static List<Word> locate(String sentence) {
    var words = new ArrayList<Word>();
    var word = new StringBuilder();
    int start = 0;
    int i = 0;
    while (i < sentence.length()) {
      int c = sentence.codePointAt(i);
      int next = i + Character.charCount(c);
      if (isSpace(c) || isAlone(c)) {
        if (!word.isEmpty()) {
          words.add(new Word(word.toString(), start, i));
          word.setLength(0);
        }
        if (!isSpace(c)) {
          words.add(new Word(Character.toString(c), i, next));
        }
      } else if (!isInvisible(c)) {
        if (word.isEmpty()) {
          start = i;
        }
        word.appendCodePoint(c);
      }
      i = next;
    }
    if (!word.isEmpty()) {
      words.add(new Word(word.toString(), start, sentence.length()));
    }
    return words;
  }

  /// What an uncased encoder sees of a sentence: two sentences with the same key are the same
  /// input.
  static String key(String sentence) {
    String bare = sentence;
    if (!isAscii(sentence)) {
      bare = MARKS.matcher(Normalizer.normalize(sentence, Normalizer.Form.NFD)).replaceAll("");
    }
    String lower = bare.toLowerCase(Locale.ROOT);
    var key = new StringBuilder(lower.length() + 16);
    boolean border = false;
    for (int i = 0; i < lower.length(); ) {
      int c = lower.codePointAt(i);
      i += Character.charCount(c);
      if (isSpace(c)) {
        border = true;
      } else if (!isInvisible(c)) {
        boolean alone = isAlone(c);
        if ((border || alone) && !key.isEmpty()) {
          key.append(' ');
        }
        key.appendCodePoint(c);
        border = alone;
      }
    }
    return key.toString();
  }

  /// The sentence with runs of white space made one space, none at its ends.
  static String tidy(String sentence) {
    if (isTidy(sentence)) {
      return sentence;
    }
    var tidy = new StringBuilder(sentence.length());
    boolean space = false;
    for (int i = 0; i < sentence.length(); i++) {
      char c = sentence.charAt(i);
      if (isSpace(c)) {
        space = true;
      } else {
        if (space && !tidy.isEmpty()) {
          tidy.append(' ');
        }
        tidy.append(c);
        space = false;
      }
    }
    return tidy.toString();
  }

  private static boolean isTidy(String sentence) {
    boolean space = true; // so that one at the start counts as a second
    for (int i = 0; i < sentence.length(); i++) {
      char c = sentence.charAt(i);
      boolean before = space;
      space = isSpace(c);
      if (space && (before || c != ' ')) {
        return false;
      }
    }
    return !space;
  }

  private static boolean isAscii(String s) {
    for (int i = 0; i < s.length(); i++) {
      if (s.charAt(i) >= 128) {
        return false;
      }
    }
    return true;
  }

  private static boolean isSpace(int c) {
    return c == ' '
        || c == '\t'
        || c == '\n'
        || c == '\r'
        || (c >= 128 && Character.isSpaceChar(c));
  }

  /// Control and format characters, unassigned ones and the replacement character: the tokeniser
  /// deletes them.
  private static boolean isInvisible(int c) {
    if (c >= ' ' && c < 127) {
      return false;
    }
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.PRIVATE_USE,
          Character.SURROGATE,
          Character.UNASSIGNED ->
          true;
      default -> c == 0xfffd;
    };
  }

  /// Punctuation in Unicode's sense, or any ASCII symbol (`$`, `+`, `~` ... count), or an
  /// ideograph.
  private static boolean isAlone(int c) {
    if (c < 128) {
      return c > ' ' && c < 127 && !Character.isLetterOrDigit(c);
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
      default -> Character.isIdeographic(c);
    };
  }
}
