package org.espalier.nn.metric;

/// What an F1 score is made of; counts of several examples add up.
///
/// `precision = tp / (tp + fp)`, `recall = tp / (tp + fn)`, and F1 is their harmonic mean, `2 tp /
/// (2 tp + fp + fn)` (van Rijsbergen 1979).
///
/// @param truePositives found and right
/// @param falsePositives found and wrong
/// @param falseNegatives missed
public record F1Counts(long truePositives, long falsePositives, long falseNegatives) {
  /// Counts of nothing.
  public static final F1Counts NONE = new F1Counts(0, 0, 0);

  /// The counts of both together.
  public F1Counts plus(F1Counts other) {
    return new F1Counts(
        truePositives + other.truePositives,
        falsePositives + other.falsePositives,
        falseNegatives + other.falseNegatives);
  }

  /// `tp / (tp + fp)`; NaN when nothing was found.
  public double precision() {
    return (double) truePositives / (truePositives + falsePositives);
  }

  /// `tp / (tp + fn)`; NaN when there was nothing to find.
  public double recall() {
    return (double) truePositives / (truePositives + falseNegatives);
  }

  /// `2 tp / (2 tp + fp + fn)`; NaN when there was nothing to find and nothing was found.
  public double f1() {
    return 2.0 * truePositives / (2 * truePositives + falsePositives + falseNegatives);
  }
}
