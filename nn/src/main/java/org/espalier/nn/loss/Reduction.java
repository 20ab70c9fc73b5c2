package org.espalier.nn.loss;

import org.espalier.Tensor;

/// What becomes of the losses of a batch.
public enum Reduction {
  /// They stay as they are.
  NONE,
  /// They are added.
  SUM,
  /// They are averaged: over all that were computed, for cross-entropy over the rows that have a
  /// label.
  MEAN;

  /// Returns the losses reduced.
  public Tensor of(Tensor losses) {
    return switch (this) {
      case NONE -> losses;
      case SUM -> losses.sum();
      case MEAN -> losses.mean();
    };
  }
}
