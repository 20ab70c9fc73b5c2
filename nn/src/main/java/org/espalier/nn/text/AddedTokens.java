package org.espalier.nn.text;

import java.util.ArrayList;
import java.util.List;

/// Finds added tokens in a text: the leftmost first, and of those that start together the longest.
final class AddedTokens {
  private final List<AddedToken> tokens;
  private final Trie trie = new Trie();

  /// A part of a text: an added token, or, where `token` is -1, what lies between them.
  record Part(int token, int from, int to) {}

  /// @param tokens what to look for
  /// @param normalizer the form in which it is looked for
  AddedTokens(List<AddedToken> tokens, Normalizer normalizer) {
    this.tokens = List.copyOf(tokens);
    for (int i = 0; i < tokens.size(); i++) {
      var content = tokens.get(i).content();
      var normal = new AlignedText(content.length());
      normalizer.normalize(content, 0, content.length(), normal);
      if (normal.size() > 0) trie.put(new String(normal.codePoints, 0, normal.size()), i);
    }
  }

  /// Whether the text can hold one of them as they are written: a quick look.
  boolean mayOccurIn(String text) {
    for (var token : tokens) {
      if (text.contains(token.content())) return true;
    }
    return false;
  }

  boolean isEmpty() {
    return tokens.isEmpty();
  }

  /// The parts of a text, in order and without gaps.
  List<Part> split(AlignedText text) {
    var parts = new ArrayList<Part>();
    int size = text.size();
    int done = 0;
    for (int at = 0; at < size; ) {
      int end = at;
      int found = -1;
      int node = Trie.ROOT;
      for (int i = at; i < size; i++) {
        node = trie.child(node, text.codePoints[i]);
        if (node < 0) break;
        if (trie.value(node) >= 0) {
          found = trie.value(node);
          end = i + 1;
        }
      }
      if (found < 0) {
        at++;
        continue;
      }
      var token = tokens.get(found);
      if (token.singleWord() && touchesWord(text, at, end)) {
        at = end;
        continue;
      }
      int from = at;
      if (token.stripLeft()) {
        while (from > done && isSpace(text, from - 1)) from--;
      }
      if (token.stripRight()) {
        while (end < size && isSpace(text, end)) end++;
      }
      if (done < from) parts.add(new Part(-1, done, from));
      parts.add(new Part(token.id(), from, end));
      done = end;
      at = end;
    }
    if (done < size) parts.add(new Part(-1, done, size));
    return parts;
  }

  private static boolean touchesWord(AlignedText text, int from, int to) {
    return (from > 0 && CharacterClass.isWordCharacter(text.codePoints[from - 1]))
        || (to < text.size() && CharacterClass.isWordCharacter(text.codePoints[to]));
  }

  private static boolean isSpace(AlignedText text, int index) {
    return CharacterClass.isWhitespace(text.codePoints[index]);
  }
}
