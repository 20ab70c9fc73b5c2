package org.espalier.cpu;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/// A bounded pool of work spaces that nobody clears. A thread gets the one that it gave back last
/// if it is still there; and not a thread-local, because a caller may be one of a million virtual
/// threads.
final class Slots<T> {
  private static final int SIZE = 64;

  private final AtomicReferenceArray<T> free = new AtomicReferenceArray<>(SIZE);
  private final Supplier<T> make;

  /// Makes an empty pool.
  ///
  /// @param make makes a work space when none is free
  Slots(Supplier<T> make) {
    this.make = make;
  }

  /// Takes a work space that nobody else has.
  T take() {
    int home = home();
    for (int i = 0; i < SIZE; i++) {
      int slot = (home + i) % SIZE;
      if (free.getPlain(slot) != null) {
        T found = free.getAndSet(slot, null);
        if (found != null) {
          return found;
        }
      }
    }
    return make.get();
  }

  /// Gives it back; beyond the pool's size it is garbage.
  void giveBack(T space) {
    int home = home();
    for (int i = 0; i < SIZE; i++) {
      if (free.compareAndSet((home + i) % SIZE, null, space)) {
        return;
      }
    }
  }

  private static int home() {
    return (int) (Thread.currentThread().threadId() % SIZE);
  }
}
