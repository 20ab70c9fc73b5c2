package org.espalier.op;

import java.util.Arrays;
import org.espalier.Tensor;
import org.espalier.TensorException;

/// Class indices as unit vectors: `y[..., c] = 1` where `c` is the index, else 0.
public final class OneHot {
  private OneHot() {}

  /// Returns I64 `[..., classes]` for I32 or I64 `indices` `[...]`, which are read on the host.
  ///
  /// @throws TensorException when an index does not lie in `[0, classes)` or the dtype is another
  public static Tensor apply(Tensor indices, int classes) {
    if (indices.dtype().isFloating() || indices.dtype().bytes() == 1) {
      throw new TensorException("oneHot needs I32 or I64 indices, not " + indices.dtype());
    }
    long[] places = indices.toLongArray();
    int[] shape = Arrays.copyOf(indices.shape().sizes(), indices.rank() + 1);
    shape[indices.rank()] = classes;
    long[] units = new long[Math.multiplyExact(places.length, Math.max(0, classes))];
    for (int i = 0; i < places.length; i++) {
      if (places[i] < 0 || places[i] >= classes) {
        throw new TensorException(
            "oneHot: index "
                + places[i]
                + " at place "
                + i
                + " is no class; with "
                + classes
                + " classes they go from 0 to "
                + (classes - 1));
      }
      units[i * classes + (int) places[i]] = 1;
    }
    return Tensor.of(units, shape).to(indices.device());
  }
}
