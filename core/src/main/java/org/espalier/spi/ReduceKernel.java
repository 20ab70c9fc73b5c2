package org.espalier.spi;

/// Ways to turn many elements into one.
public enum ReduceKernel {
  /// The sum; 0 when there is nothing to add.
  SUM,
  /// The largest; NaN wins; an empty axis is an error that the caller reports.
  MAX,
  /// The smallest; NaN wins; an empty axis is an error that the caller reports.
  MIN,
  /// The product; 1 when there is nothing to multiply.
  PROD,
  /// The index of the first largest along one axis, as I64; the first NaN wins.
  ARG_MAX,
  /// The index of the first smallest along one axis, as I64; the first NaN wins.
  ARG_MIN;

  /// Tells whether the result is a place and not a value.
  public boolean isPlace() {
    return this == ARG_MAX || this == ARG_MIN;
  }

  /// Tells whether nothing can be reduced: to 0 by a sum, to 1 by a product.
  public boolean hasIdentity() {
    return this == SUM || this == PROD;
  }
}
