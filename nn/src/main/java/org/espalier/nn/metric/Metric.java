package org.espalier.nn.metric;

/// A number that says how good predictions are, gathered example by example.
///
/// Each metric has an `add` of its own, because what it compares differs. A metric over nothing is
/// NaN, and so is one whose definition divides by zero for what was added.
public interface Metric {
  /// What reports call it, such as `accuracy`.
  String name();

  /// The metric over everything added so far; NaN when it is undefined.
  double value();

  /// Whether a larger value is a better model; false for an error.
  default boolean higherIsBetter() {
    return true;
  }
}
