package org.espalier.spi;

/// Distributions of the counter-based generator.
public enum RandomKernel {
  /// Uniform in `[0, 1)`.
  UNIFORM,
  /// Normal with mean 0 and deviation 1.
  NORMAL
}
