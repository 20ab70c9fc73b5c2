package org.espalier.nn.text;

import java.util.Arrays;

/// Code points, each with the range of the original text it came from.
final class AlignedText {
  int[] codePoints;
  int[] starts;
  int[] ends;
  private int size;

  AlignedText(int capacity) {
    codePoints = new int[capacity];
    starts = new int[capacity];
    ends = new int[capacity];
  }

  int size() {
    return size;
  }

  void clear() {
    size = 0;
  }

  void add(int codePoint, int start, int end) {
    if (size == codePoints.length) grow();
    codePoints[size] = codePoint;
    starts[size] = start;
    ends[size] = end;
    size++;
  }

  /// Appends a part of a text as it is.
  void addAll(String text, int from, int to) {
    for (int i = from; i < to; ) {
      int codePoint = text.codePointAt(i);
      int next = i + Character.charCount(codePoint);
      add(codePoint, i, next);
      i = next;
    }
  }

  private void grow() {
    int capacity = Math.max(16, size * 2);
    codePoints = Arrays.copyOf(codePoints, capacity);
    starts = Arrays.copyOf(starts, capacity);
    ends = Arrays.copyOf(ends, capacity);
  }
}
