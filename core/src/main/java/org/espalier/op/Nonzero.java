package org.espalier.op;

import java.util.Arrays;
import org.espalier.Tensor;

/// Where a tensor is not zero (or is true): the indices of those elements in row-major order. NaN
/// is not zero.
public final class Nonzero {
  private Nonzero() {}

  /// Returns I64 `[n, rank]`, a row of indices for each of the `n` elements of `x` that are not
  /// zero. The shape depends on the values, so they are read on the host; there is no gradient.
  public static Tensor apply(Tensor x) {
    int[] places = places(x);
    int[] sizes = x.shape().sizes();
    long[] indices = new long[places.length * sizes.length];
    for (int i = 0; i < places.length; i++) {
      int rest = places[i];
      for (int axis = sizes.length - 1; axis >= 0; axis--) {
        indices[i * sizes.length + axis] = rest % sizes[axis];
        rest /= sizes[axis];
      }
    }
    return Tensor.of(indices, places.length, sizes.length).to(x.device());
  }

  /// Returns the places of the elements that are not zero, in row-major order.
  private static int[] places(Tensor x) {
    int[] places = new int[x.elements()];
    int n = 0;
    if (x.dtype().isFloating()) {
      double[] values = x.toDoubleArray();
      for (int i = 0; i < values.length; i++) {
        places[n] = i;
        n += values[i] != 0 ? 1 : 0;
      }
    } else {
      long[] values = x.toLongArray();
      for (int i = 0; i < values.length; i++) {
        places[n] = i;
        n += values[i] != 0 ? 1 : 0;
      }
    }
    return Arrays.copyOf(places, n);
  }
}
