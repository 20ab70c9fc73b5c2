package org.espalier.multitask.report;

/// What a comparison with a baseline says, by an interval for the improvement.
public enum Verdict {
  /// The whole interval lies above zero.
  HELPED,
  /// The whole interval lies below zero.
  HURT,
  /// The interval contains zero, or there is none.
  NO_DIFFERENCE
}
