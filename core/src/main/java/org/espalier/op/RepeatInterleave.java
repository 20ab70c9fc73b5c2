package org.espalier.op;

import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;

/// Each element along an axis several times in a row: `[a, b] -> [a, a, b, b]`. The gradient adds
/// the copies up.
public final class RepeatInterleave {
  private RepeatInterleave() {}

  /// Returns each element along `axis` `times` times; once, a view of `x`.
  ///
  /// @throws TensorException when `times` is negative or there is no such axis
  public static Tensor apply(Tensor x, int times, int axis) {
    if (times < 0) {
      throw new TensorException("repeatInterleave needs a count from 0, found " + times);
    }
    int a = x.shape().axis(axis);
    Tensor apart = x.unsqueeze(a + 1);
    Shape copies = apart.shape().with(a + 1, times);
    int joined = Math.multiplyExact(x.size(a), times);
    return apart.expand(copies).reshape(x.shape().with(a, joined).sizes());
  }

  /// Returns element `i` along `axis` `counts[i]` times.
  ///
  /// @param counts I32 or I64 `[size of the axis]`, read on the host: the shape depends on it
  /// @throws TensorException when there is not one count for each element, or one is negative
  public static Tensor apply(Tensor x, Tensor counts, int axis) {
    int a = x.shape().axis(axis);
    Tensor narrow = Kernels.requireIndices("repeatInterleave", counts);
    int[] times = narrow.toIntArray();
    int total = 0;
    for (int n : times) {
      if (n < 0) {
        throw new TensorException("repeatInterleave needs counts from 0, found " + n);
      }
      total = Math.addExact(total, n);
    }
    if (times.length != x.size(a)) {
      throw new TensorException(
          "repeatInterleave along axis "
              + a
              + " of shape "
              + x.shape()
              + " needs one count for each element, found "
              + counts.shape());
    }
    int[] places = new int[total];
    int at = 0;
    for (int i = 0; i < times.length; i++) {
      for (int k = 0; k < times[i]; k++) {
        places[at++] = i;
      }
    }
    return IndexSelect.apply(x, a, Tensor.of(places).to(x.device()));
  }
}
