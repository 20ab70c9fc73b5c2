package org.espalier.op;

import org.espalier.Tensor;

/// Where elements are NaN: the only value that differs from itself. Integers and booleans never
/// are.
public final class IsNan {
  private IsNan() {}

  /// Returns BOOL of the shape of `x`.
  public static Tensor apply(Tensor x) {
    return x.notEqual(x);
  }
}
