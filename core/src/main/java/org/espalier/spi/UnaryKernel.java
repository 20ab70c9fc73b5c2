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
  ERF,
  /// `log(1 + x)`, with all digits where `x` is small.
  LOG1P,
  /// `e^x - 1`, with all digits where `x` is small.
  EXPM1,
  /// Sine of radians, over the whole range.
  SIN,
  /// Cosine of radians, over the whole range.
  COS,
  /// `x / (1 + e^-x)`.
  SILU,
  /// The largest integer that is not above; integers stay.
  FLOOR,
  /// The smallest integer that is not below; integers stay.
  CEIL,
  /// The nearest integer, of two the even one; integers stay.
  ROUND,
  /// -1, 0 or 1; zeros keep their sign and NaN stays NaN.
  SIGN
}
