package org.espalier.spi;

/// Functions of two elements of one dtype.
public enum BinaryKernel {
  /// `a + b`; for booleans: or.
  ADD(false),
  /// `a - b`.
  SUB(false),
  /// `a * b`; for booleans: and.
  MUL(false),
  /// `a / b`; integers truncate towards zero and throw on a zero divisor.
  DIV(false),
  /// The larger; NaN wins.
  MAX(false),
  /// The smaller; NaN wins.
  MIN(false),
  /// `a ^ b` as `Math.pow` defines it; an integer to a negative power truncates towards zero, and
  /// throws when it is zero.
  POW(false),
  /// `a == b`, a boolean; NaN equals nothing.
  EQUAL(true),
  /// `a != b`, a boolean; NaN differs from everything.
  NOT_EQUAL(true),
  /// `a < b`, a boolean.
  LESS(true),
  /// `a <= b`, a boolean.
  LESS_OR_EQUAL(true);

  private final boolean comparison;

  BinaryKernel(boolean comparison) {
    this.comparison = comparison;
  }

  /// Tells whether the output is BOOL whatever the inputs are.
  public boolean isComparison() {
    return comparison;
  }
}
