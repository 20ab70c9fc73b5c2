package org.espalier.memory;

/// The array lengths that a pool hands out: 16, 18, 20, ... 30, 32, 36, ... with 8 classes per
/// doubling.
///
/// A request takes the shortest class that holds it, so that at most an eighth of it is added.
final class SizeClasses {
  private static final int SMALLEST_LOG = 4;
  private static final int STEPS_LOG = 3;

  /// The longest array that every JVM can make.
  private static final int LONGEST = Integer.MAX_VALUE - 8;

  /// The number of classes.
  static final int COUNT = ((31 - SMALLEST_LOG) << STEPS_LOG) + 1;

  private SizeClasses() {}

  /// Returns the class whose arrays hold `size` elements.
  static int of(int size) {
    if (size <= 1 << SMALLEST_LOG) {
      return 0;
    }
    int last = size - 1;
    int log = 31 - Integer.numberOfLeadingZeros(last);
    int step = (last >>> (log - STEPS_LOG)) - (1 << STEPS_LOG);
    return ((log - SMALLEST_LOG) << STEPS_LOG) + step + 1;
  }

  /// Returns the length of the arrays of a class.
  static int length(int sizeClass) {
    int steps = 1 << STEPS_LOG;
    long length =
        (long) (steps + sizeClass % steps) << (sizeClass / steps + SMALLEST_LOG - STEPS_LOG);
    return (int) Math.min(length, LONGEST);
  }
}
