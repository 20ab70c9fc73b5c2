package org.espalier.profile;

import java.util.Locale;

/// Which way an op went.
public enum Phase {
  /// Computing its output.
  FORWARD,
  /// Computing gradients of its inputs, and adding them to those there are.
  BACKWARD,
  /// No op at all: a kernel that something else asked for, such as an optimiser.
  KERNEL;

  /// Returns the name as tables show it.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
