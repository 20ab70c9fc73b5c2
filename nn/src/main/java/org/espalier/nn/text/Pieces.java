package org.espalier.nn.text;

import java.util.Arrays;

/// Tokens under construction: parallel arrays that grow.
final class Pieces {
  int[] ids;
  int[] starts;
  int[] ends;
  int[] words;
  int[] segments;
  private int size;

  Pieces(int capacity) {
    ids = new int[capacity];
    starts = new int[capacity];
    ends = new int[capacity];
    words = new int[capacity];
    segments = new int[capacity];
  }

  int size() {
    return size;
  }

  void add(int id, int start, int end, int word) {
    if (size == ids.length) grow();
    ids[size] = id;
    starts[size] = start;
    ends[size] = end;
    words[size] = word;
    size++;
  }

  /// Appends the first `count` of other pieces, as a segment.
  void addAll(Pieces other, int count, int segment) {
    for (int i = 0; i < count; i++) {
      add(other.ids[i], other.starts[i], other.ends[i], other.words[i]);
      segments[size - 1] = segment;
    }
  }

  /// Appends a token that belongs to no text.
  void addSpecial(int id, int segment) {
    add(id, 0, 0, -1);
    segments[size - 1] = segment;
  }

  /// Drops everything from `size` on.
  void cutTo(int newSize) {
    size = newSize;
  }

  private void grow() {
    int capacity = Math.max(16, size * 2);
    ids = Arrays.copyOf(ids, capacity);
    starts = Arrays.copyOf(starts, capacity);
    ends = Arrays.copyOf(ends, capacity);
    words = Arrays.copyOf(words, capacity);
    segments = Arrays.copyOf(segments, capacity);
  }
}
