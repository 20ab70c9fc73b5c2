package org.espalier.nn.text;

import java.text.Normalizer.Form;
import org.jspecify.annotations.Nullable;

/// BERT's normal form (Devlin et al., 2019): control characters dropped, white space made plain,
/// ideographs set apart by spaces, accents stripped (canonical decomposition without its
/// non-spacing marks), letters in lower case. Each of the four steps can be off.
///
/// Every character that results is aligned with the one character it came from. Marks are not put
/// into canonical order before they are stripped; the few that survive, because they are spacing
/// marks, stay where the text has them.
record BertNormalizer(
    boolean cleanText, boolean spaceIdeographs, boolean stripAccents, boolean lowercase)
    implements Normalizer {

  /// Decompositions of the alphabets of Europe, which need no search; null where there is none.
  private static final @Nullable String[] DECOMPOSED = decompositions(0x2000);

  private static final int CAPITAL_I_WITH_DOT = 0x130;
  private static final int DOT_ABOVE = 0x307;

  @Override
  public void normalize(String text, int from, int to, AlignedText out) {
    for (int i = from; i < to; ) {
      char c = text.charAt(i);
      if (c < 0x7F) {
        ascii(c, i, out);
        i++;
      } else {
        int codePoint = text.codePointAt(i);
        int next = Math.min(to, i + Character.charCount(codePoint));
        other(codePoint, i, next, out);
        i = next;
      }
    }
  }

  private void ascii(char c, int at, AlignedText out) {
    int result = c;
    if (c < ' ' && cleanText) {
      if (CharacterClass.isControl(c)) return;
      if (CharacterClass.isWhitespace(c)) result = ' ';
    } else if (lowercase && c >= 'A' && c <= 'Z') {
      result = c + ('a' - 'A');
    }
    out.add(result, at, at + 1);
  }

  private void other(int c, int start, int end, AlignedText out) {
    if (cleanText) {
      if (CharacterClass.isControl(c)) return;
      if (CharacterClass.isWhitespace(c)) {
        out.add(' ', start, end);
        return;
      }
    }
    boolean apart = spaceIdeographs && CharacterClass.isIdeograph(c);
    if (apart) out.add(' ', start, end);
    if (stripAccents) {
      strip(c, start, end, out);
    } else {
      lower(c, start, end, out);
    }
    if (apart) out.add(' ', start, end);
  }

  private void strip(int c, int start, int end, AlignedText out) {
    var decomposed = c < DECOMPOSED.length ? DECOMPOSED[c] : decompose(c);
    if (decomposed == null) {
      if (!CharacterClass.isNonSpacingMark(c)) lower(c, start, end, out);
      return;
    }
    for (int i = 0; i < decomposed.length(); ) {
      int part = decomposed.codePointAt(i);
      if (!CharacterClass.isNonSpacingMark(part)) lower(part, start, end, out);
      i += Character.charCount(part);
    }
  }

  private void lower(int c, int start, int end, AlignedText out) {
    out.add(lowercase ? Character.toLowerCase(c) : c, start, end);
    if (lowercase && c == CAPITAL_I_WITH_DOT) out.add(DOT_ABOVE, start, end);
  }

  private static @Nullable String decompose(int c) {
    var whole = Character.toString(c);
    var decomposed = java.text.Normalizer.normalize(whole, Form.NFD);
    return decomposed.equals(whole) ? null : decomposed;
  }

  private static @Nullable String[] decompositions(int count) {
    var table = new @Nullable String[count];
    for (int c = 0; c < count; c++) table[c] = decompose(c);
    return table;
  }
}
