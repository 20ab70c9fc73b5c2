package org.espalier.memory;

import java.util.Arrays;
import org.espalier.TensorException;
import org.jspecify.annotations.Nullable;

/// The free arrays of one dtype and one length: a stack, because the last one used is the one still
/// in the cache.
final class Shelf {
  /// Bytes of one array.
  final long bytes;

  /// The time of the last use, in takes and returns of the whole pool.
  volatile long lastUse;

  private @Nullable Object[] free = new @Nullable Object[4];
  private int count;

  Shelf(long bytes) {
    this.bytes = bytes;
  }

  /// Returns a free array, or null when there is none.
  synchronized @Nullable Object pop() {
    if (count == 0) {
      return null;
    }
    Object array = free[--count];
    free[count] = null;
    return array;
  }

  /// Puts a free array down.
  synchronized void push(Object array) {
    if (count == free.length) {
      free = Arrays.copyOf(free, 2 * count);
    }
    free[count++] = array;
  }

  /// Tells whether there is no free array.
  synchronized boolean isEmpty() {
    return count == 0;
  }

  /// Checks that an array which comes back is not here already.
  @SuppressWarnings("ReferenceEquality") // the question is whether it is the very same array
  synchronized void refuse(Object array) {
    for (int i = 0; i < count; i++) {
      if (free[i] == array) {
        throw new TensorException(
            "a tensor's memory went back to the pool twice; this is a defect of Espalier");
      }
    }
  }
}
