package org.espalier.op;

import org.espalier.Tensor;

/// Elements moved along an axis, those that leave it at the end entering at the front: `y[(i +
/// shift) mod n] = x[i]`.
public final class Roll {
  private Roll() {}

  /// Returns `x` with one axis rolled by `shift` places, backwards when negative; `x` itself when
  /// nothing moves (by 0, or by whole turns), else a copy.
  ///
  /// @throws org.espalier.TensorException when there is no such axis
  public static Tensor apply(Tensor x, int shift, int axis) {
    int n = x.size(axis);
    int cut = n == 0 ? 0 : Math.floorMod(-(long) shift, n);
    return cut == 0 ? x : Concat.apply(axis, x.slice(axis, cut, n), x.slice(axis, 0, cut));
  }
}
