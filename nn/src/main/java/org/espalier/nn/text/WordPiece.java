package org.espalier.nn.text;

import org.espalier.io.FormatException;

/// Greedy longest match from the left (Schuster and Nakajima, 2012; Devlin et al., 2019): the
/// longest piece of the vocabulary that the rest of the word starts with, again and again. Pieces
/// inside a word carry a prefix, as in `play ##ing`. A word that cannot be composed, or is longer
/// than `maxCharacters` code points, becomes the unknown token whole.
final class WordPiece implements SubwordModel {
  private final Trie trie;
  private final int continuation;
  private final int unknownId;
  private final int maxCharacters;

  WordPiece(Vocabulary vocabulary, String unknown, String prefix, int maxCharacters) {
    this.trie = vocabulary.trie();
    this.continuation = trie.descend(Trie.ROOT, prefix);
    this.unknownId =
        vocabulary
            .idOf(unknown)
            .orElseThrow(() ->
                new FormatException(
                    vocabulary.source(),
                    "the vocabulary lacks the unknown token \"" + unknown + "\""));
    this.maxCharacters = maxCharacters;
  }

  @Override
  public void split(AlignedText text, int from, int to, int word, Pieces out) {
    int before = out.size();
    if (to - from <= maxCharacters && compose(text, from, to, word, out)) return;
    out.cutTo(before);
    out.add(unknownId, text.starts[from], text.ends[to - 1], word);
  }

  private boolean compose(AlignedText text, int from, int to, int word, Pieces out) {
    int start = from;
    int node = Trie.ROOT;
    while (start < to) {
      int id = -1;
      int end = start;
      for (int i = start; i < to && node >= 0; i++) {
        node = trie.child(node, text.codePoints[i]);
        if (node >= 0 && trie.value(node) >= 0) {
          id = trie.value(node);
          end = i + 1;
        }
      }
      if (id < 0) return false;
      out.add(id, text.starts[start], text.ends[end - 1], word);
      start = end;
      node = continuation;
    }
    return true;
  }
}
