package org.espalier.nn.text;

import java.util.Arrays;

/// A prefix tree over code points whose edges lie in one hash table: a step is one look-up, and
/// walking it makes no garbage.
final class Trie {
  static final int ROOT = 0;
  private static final int CODE_POINT_BITS = 21;

  /// Edges, `node << 21 | code point`, plus one so that zero means free.
  private long[] keys = new long[1 << 10];

  private int[] children = new int[1 << 10];
  private int[] values = new int[1 << 10];
  private int nodes = 1;

  Trie() {
    Arrays.fill(values, -1);
  }

  /// Gives a text a value, 0 or more; the first one stays.
  void put(String text, int value) {
    int node = ROOT;
    for (int i = 0; i < text.length(); ) {
      int codePoint = text.codePointAt(i);
      node = childOrNew(node, codePoint);
      i += Character.charCount(codePoint);
    }
    if (values[node] < 0) values[node] = value;
  }

  /// The node a text leads to, or -1.
  int descend(int node, String text) {
    for (int i = 0; i < text.length() && node >= 0; ) {
      int codePoint = text.codePointAt(i);
      node = child(node, codePoint);
      i += Character.charCount(codePoint);
    }
    return node;
  }

  /// The child of a node, or -1.
  int child(int node, int codePoint) {
    long key = key(node, codePoint);
    int slot = slot(key);
    while (keys[slot] != 0) {
      if (keys[slot] == key) return children[slot];
      slot = slot + 1 & keys.length - 1;
    }
    return -1;
  }

  /// The value of a node, or -1.
  int value(int node) {
    return values[node];
  }

  private int childOrNew(int node, int codePoint) {
    int child = child(node, codePoint);
    if (child >= 0) return child;
    if (nodes * 2 > keys.length) grow();
    child = nodes++;
    insert(key(node, codePoint), child);
    return child;
  }

  private void insert(long key, int child) {
    int slot = slot(key);
    while (keys[slot] != 0) slot = slot + 1 & keys.length - 1;
    keys[slot] = key;
    children[slot] = child;
  }

  private void grow() {
    var oldKeys = keys;
    var oldChildren = children;
    keys = new long[oldKeys.length * 2];
    children = new int[keys.length];
    values = Arrays.copyOf(values, keys.length);
    Arrays.fill(values, oldKeys.length, values.length, -1);
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != 0) insert(oldKeys[i], oldChildren[i]);
    }
  }

  private static long key(int node, int codePoint) {
    return ((long) node << CODE_POINT_BITS | codePoint) + 1;
  }

  /// Fibonacci hashing: the upper bits of a product with 2^64 divided by the golden ratio.
  private int slot(long key) {
    int bits = Integer.numberOfTrailingZeros(keys.length);
    return (int) ((key * 0x9E3779B97F4A7C15L) >>> (64 - bits));
  }
}
