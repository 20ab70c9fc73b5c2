package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.TensorException;

/// Tensors of one shape side by side along a new axis: [Concat] of views with an axis of 1.
public final class Stack {
  private Stack() {}

  /// Returns the tensors along a new axis, of size `parts.length`.
  ///
  /// @param axis where the new axis stands in the output; negative ones count from the end
  /// @throws TensorException when there is no tensor, or shapes or dtypes differ
  public static Tensor apply(int axis, Tensor... parts) {
    if (parts.length == 0) {
      throw new TensorException("stack needs at least one tensor");
    }
    Tensor[] rows = new Tensor[parts.length];
    for (int i = 0; i < parts.length; i++) {
      if (!parts[i].shape().equals(parts[0].shape())) {
        throw new TensorException(
            "stack needs tensors of one shape, found "
                + parts[0].shape()
                + " and "
                + parts[i].shape()
                + "; cat joins along an axis that exists");
      }
      rows[i] = parts[i].unsqueeze(axis);
    }
    return Concat.apply(axis < 0 ? rows[0].rank() + axis : axis, rows);
  }
}
