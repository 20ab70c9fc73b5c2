package org.espalier.op;

import org.espalier.Tensor;

/// Selection along an axis: `y[..., i, ...] = x[..., indices[i], ...]`. [Rows] of a view with that
/// axis in front; the gradient adds back to what was selected.
public final class IndexSelect {
  private IndexSelect() {}

  /// Returns the elements along `axis` that I32 or I64 `indices` (`[m]`) name, in their order; an
  /// element may be named often.
  ///
  /// @throws org.espalier.TensorException when an index or the axis does not exist
  public static Tensor apply(Tensor x, int axis, Tensor indices) {
    int a = x.shape().axis(axis);
    return a == 0 ? Rows.apply(x, indices) : Rows.apply(x.transpose(0, a), indices).transpose(0, a);
  }
}
