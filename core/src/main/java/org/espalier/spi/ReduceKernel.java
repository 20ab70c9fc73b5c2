package org.espalier.spi;

/// Ways to turn many elements into one.
public enum ReduceKernel {
  /// The sum; 0 when there is nothing to add.
  SUM,
  /// The largest; NaN wins; an empty axis is an error that the caller reports.
  MAX,
  /// The smallest; NaN wins; an empty axis is an error that the caller reports.
  MIN,
  /// The index of the first largest along one axis, as I64; the first NaN wins.
  ARG_MAX
}
