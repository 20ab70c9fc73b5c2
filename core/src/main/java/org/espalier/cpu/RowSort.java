package org.espalier.cpu;

import java.util.Arrays;

/// Stable sorting of one row of whole numbers, carrying their places.
///
/// Up to 64 numbers are sorted by insertion; more by counting, a byte at a time from the lowest
/// (Seward 1954), where bytes that are equal in all numbers cost no pass: f32 and i32 take four at
/// most. When few of many are wanted, a heap of the best so far finds them in one pass.
final class RowSort {
  private static final int SMALL = 64;

  /// A heap is worth it when at least this many times more numbers are looked at than kept.
  private static final int FEW = 16;

  /// Longer rows get memory for the moment.
  private static final int KEPT = 1 << 18;

  private static final ThreadLocal<RowSort> OWN = ThreadLocal.withInitial(() -> new RowSort(0));

  private final long[] keys;
  private final long[] otherKeys;
  private final int[] places;
  private final int[] otherPlaces;
  private final int[] counts = new int[256 * Long.BYTES];

  private RowSort(int size) {
    keys = new long[size];
    otherKeys = new long[size];
    places = new int[size];
    otherPlaces = new int[size];
  }

  /// Returns memory of this thread for a row of `n`.
  static RowSort of(int n) {
    RowSort own = OWN.get();
    if (own.keys.length < n) {
      own = new RowSort(n);
      if (n <= KEPT) {
        OWN.set(own);
      }
    }
    return own;
  }

  /// Returns the array that the row's numbers go into.
  long[] keys() {
    return keys;
  }

  /// Writes the places of the `wanted` smallest of the first `n` numbers in ascending order; equal
  /// ones in the order in which they lie. The numbers are lost.
  void places(int n, int wanted, long[] out, int at, int step) {
    int[] sorted;
    if (n <= SMALL) {
      sorted = inserted(n);
    } else if ((long) wanted * FEW <= n) {
      sorted = best(n, wanted);
    } else {
      sorted = counted(n);
    }
    for (int i = 0; i < wanted; i++) {
      out[at + i * step] = sorted[i];
    }
  }

  private int[] inserted(int n) {
    for (int i = 0; i < n; i++) {
      long key = keys[i];
      int j = i - 1;
      for (; j >= 0 && keys[j] > key; j--) {
        keys[j + 1] = keys[j];
        places[j + 1] = places[j];
      }
      keys[j + 1] = key;
      places[j + 1] = i;
    }
    return places;
  }

  private int[] counted(int n) {
    Arrays.fill(counts, 0);
    for (int i = 0; i < n; i++) {
      long key = keys[i] ^ Long.MIN_VALUE; // as unsigned
      for (int b = 0; b < Long.BYTES; b++) {
        counts[(b << 8) | ((int) (key >>> (b << 3)) & 255)]++;
      }
      places[i] = i;
    }
    long[] from = keys;
    long[] to = otherKeys;
    int[] fromPlaces = places;
    int[] toPlaces = otherPlaces;
    for (int b = 0; b < Long.BYTES; b++) {
      int row = b << 8;
      int shift = b << 3;
      if (counts[row | ((int) ((from[0] ^ Long.MIN_VALUE) >>> shift) & 255)] == n) {
        continue;
      }
      int start = 0;
      for (int c = row; c < row + 256; c++) {
        int count = counts[c];
        counts[c] = start;
        start += count;
      }
      for (int i = 0; i < n; i++) {
        int to1 = counts[row | ((int) ((from[i] ^ Long.MIN_VALUE) >>> shift) & 255)]++;
        to[to1] = from[i];
        toPlaces[to1] = fromPlaces[i];
      }
      long[] k = from;
      from = to;
      to = k;
      int[] p = fromPlaces;
      fromPlaces = toPlaces;
      toPlaces = p;
    }
    return fromPlaces;
  }

  /// Keeps the `wanted` smallest in a heap with the largest, and of equal ones the last, on top.
  private int[] best(int n, int wanted) {
    int size = 0;
    for (int i = 0; i < n; i++) {
      long key = keys[i];
      if (size < wanted) {
        rise(size++, key, i);
      } else if (key < otherKeys[0]) { // an equal one is later than all in the heap
        sink(size, key, i);
      }
    }
    // Take the top away again and again: the largest goes to the end.
    while (size > 1) {
      long key = otherKeys[--size];
      int place = otherPlaces[size];
      otherPlaces[size] = otherPlaces[0];
      sink(size, key, place);
    }
    return otherPlaces;
  }

  private boolean below(long key, int place, int node) {
    return key < otherKeys[node] || (key == otherKeys[node] && place < otherPlaces[node]);
  }

  private void rise(int from, long key, int place) {
    int node = from;
    while (node > 0) {
      int parent = (node - 1) >>> 1;
      if (below(key, place, parent)) {
        break;
      }
      otherKeys[node] = otherKeys[parent];
      otherPlaces[node] = otherPlaces[parent];
      node = parent;
    }
    otherKeys[node] = key;
    otherPlaces[node] = place;
  }

  private void sink(int size, long key, int place) {
    int node = 0;
    for (int child = 1; child < size; child = 2 * node + 1) {
      if (child + 1 < size && below(otherKeys[child], otherPlaces[child], child + 1)) {
        child++;
      }
      if (!below(key, place, child)) {
        break;
      }
      otherKeys[node] = otherKeys[child];
      otherPlaces[node] = otherPlaces[child];
      node = child;
    }
    otherKeys[node] = key;
    otherPlaces[node] = place;
  }
}
