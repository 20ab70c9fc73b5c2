package org.espalier.benchmarks.peers;

import java.util.Locale;

/// Numbers that two sides must have alike.
final class Probe {
  private static final int ELEMENTS = 64;

  /// The largest difference allowed, for numbers up to 1; above, in parts of the number.
  static final double BOUND = 1e-4;

  private Probe() {}

  /// Returns elements from all over a result.
  static double[] of(float[] values) {
    double[] some = new double[Math.min(ELEMENTS, values.length)];
    for (int i = 0; i < some.length; i++) {
      some[i] = values[(int) ((long) i * (values.length - 1) / Math.max(1, some.length - 1))];
    }
    return some;
  }

  /// Returns the largest difference.
  static double difference(double[] a, double[] b) {
    if (a.length != b.length || a.length == 0) {
      return Double.POSITIVE_INFINITY;
    }
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      double d = Math.abs(a[i] - b[i]) / Math.max(1, Math.abs(a[i]));
      largest = Double.isFinite(d) ? Math.max(largest, d) : Double.POSITIVE_INFINITY;
    }
    return largest;
  }

  /// Checks that both sides computed the same.
  ///
  /// @throws IllegalStateException when they did not: there is nothing to compare then
  static double require(String row, double[] ours, double[] theirs) {
    double d = difference(ours, theirs);
    if (d > BOUND) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "%s: the two sides differ by %.2e: %s and %s",
              row,
              d,
              java.util.Arrays.toString(ours),
              java.util.Arrays.toString(theirs)));
    }
    return d;
  }
}
