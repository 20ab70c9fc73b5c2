package org.espalier.spi;

/// Functions of one element; the output has the input's dtype.
public enum UnaryKernel {
  /// `-x`.
  NEG,
  /// `|x|`.
  ABS,
  /// `e^x`.
  EXP,
  /// Natural logarithm.
  LOG,
  /// Square root.
  SQRT,
  /// `1 / sqrt(x)`.
  RSQRT,
  /// `1 / x`.
  RECIPROCAL,
  /// `x * x`.
  SQUARE,
  /// Hyperbolic tangent.
  TANH,
  /// `1 / (1 + e^-x)`.
  SIGMOID,
  /// `max(x, 0)`; NaN stays NaN.
  RELU,
  /// Gauss error function `2/sqrt(pi) * integral of e^(-t^2) from 0 to x`.
  ERF
}
