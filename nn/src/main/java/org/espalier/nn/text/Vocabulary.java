package org.espalier.nn.text;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

/// Tokens and their ids, those of the model and the added ones together.
final class Vocabulary {
  private final String source;
  private final Map<String, Integer> ids = new HashMap<>();
  private final Map<Integer, String> tokens = new HashMap<>();
  private final Trie trie = new Trie();
  private int size;

  Vocabulary(String source) {
    this.source = source;
  }

  /// Adds a token of the model.
  void add(String token, int id) {
    addName(token, id);
    trie.put(token, id);
  }

  /// Adds a token that is found in text as a whole, and is never a piece of a word.
  void addName(String token, int id) {
    ids.put(token, id);
    tokens.putIfAbsent(id, token);
    size = Math.max(size, id + 1);
  }

  String source() {
    return source;
  }

  Trie trie() {
    return trie;
  }

  int size() {
    return size;
  }

  OptionalInt idOf(String token) {
    var id = ids.get(token);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /// The token, or an empty string.
  String tokenOf(int id) {
    return tokens.getOrDefault(id, "");
  }

  boolean has(int id) {
    return tokens.containsKey(id);
  }
}
