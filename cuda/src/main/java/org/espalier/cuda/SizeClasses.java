package org.espalier.cuda;

/// The sizes in bytes that the allocator hands out: 512, 576, 640, ... 1024, 1152, ... with 8
/// classes per doubling, so that at most an eighth of a request is added.
final class SizeClasses {
  private static final int SMALLEST_LOG = 9;
  private static final int STEPS_LOG = 3;
  private static final int LARGEST_LOG = 40;

  /// The number of classes.
  static final int COUNT = ((LARGEST_LOG - SMALLEST_LOG) << STEPS_LOG) + 1;

  private SizeClasses() {}

  /// Returns the class whose blocks hold so many bytes.
  static int of(long bytes) {
    if (bytes <= 1L << SMALLEST_LOG) {
      return 0;
    }
    long last = bytes - 1;
    int log = 63 - Long.numberOfLeadingZeros(last);
    int step = (int) (last >>> (log - STEPS_LOG)) - (1 << STEPS_LOG);
    return ((log - SMALLEST_LOG) << STEPS_LOG) + step + 1;
  }

  /// Returns the bytes of the blocks of a class.
  static long bytes(int sizeClass) {
    int steps = 1 << STEPS_LOG;
    return (long) (steps + sizeClass % steps) << (sizeClass / steps + SMALLEST_LOG - STEPS_LOG);
  }
}
