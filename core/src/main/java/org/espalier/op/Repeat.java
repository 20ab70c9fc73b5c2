package org.espalier.op;

import java.util.Arrays;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;

/// A tensor laid side by side with itself: axis `i` holds `times[i]` copies, one after another. The
/// gradient adds the copies up.
public final class Repeat {
  private Repeat() {}

  /// Returns the copies; axes are aligned at the last, and missing ones count as 1, on either side.
  /// Where all counts are 1 it is a view of `x`.
  ///
  /// @throws TensorException when a number is negative
  public static Tensor apply(Tensor x, int... times) {
    if (Arrays.stream(times).anyMatch(n -> n < 0)) {
      throw new TensorException(
          "repeat of shape " + x.shape() + " needs counts from 0, found " + Arrays.toString(times));
    }
    int rank = Math.max(x.rank(), times.length);
    int[] apart = new int[2 * rank];
    int[] copies = new int[2 * rank];
    int[] joined = new int[rank];
    for (int i = 0; i < rank; i++) {
      int size = i < rank - x.rank() ? 1 : x.size(i - (rank - x.rank()));
      int n = i < rank - times.length ? 1 : times[i - (rank - times.length)];
      apart[2 * i] = 1;
      apart[2 * i + 1] = size;
      copies[2 * i] = n;
      copies[2 * i + 1] = size;
      joined[i] = Math.multiplyExact(size, n);
    }
    return x.reshape(apart).expand(Shape.of(copies)).reshape(joined);
  }
}
