package org.espalier.op;

import java.util.Arrays;
import org.espalier.Tensor;
import org.espalier.TensorException;

/// Means of about equal shares of the last axes, so that the output has the same sizes whatever the
/// input has: output `i` of `m` averages the inputs from `floor(i n / m)` to `ceil((i + 1) n / m)`.
/// With `m = 1` the mean of the axis: global pooling. F16 and BF16 become F32.
public final class AdaptiveAvgPool {
  private AdaptiveAvgPool() {}

  /// Returns `x` with these sizes of its last axes.
  ///
  /// @throws TensorException when a size is not positive, or an axis is missing or empty
  public static Tensor apply(Tensor x, int... sizes) {
    if (x.rank() < sizes.length || !x.dtype().isFloating()) {
      throw new TensorException(
          "adaptiveAvgPool to "
              + Arrays.toString(sizes)
              + " needs as many axes and a floating dtype, found "
              + x.dtype()
              + " "
              + x.shape());
    }
    Tensor y = x.to(x.dtype().withReal());
    for (int i = 0; i < sizes.length; i++) {
      int axis = i - sizes.length;
      int n = x.size(axis);
      if (sizes[i] < 1 || n < 1) {
        throw new TensorException(
            "adaptiveAvgPool to "
                + Arrays.toString(sizes)
                + " needs positive sizes and axes with elements, found "
                + x.shape());
      }
      y = pooled(y, y.rank() + axis, sizes[i]);
    }
    return y;
  }

  private static Tensor pooled(Tensor x, int axis, int m) {
    int n = x.size(axis);
    if (n % m == 0) {
      int[] sizes = new int[x.rank() + 1];
      Arrays.setAll(sizes, a -> x.size(a > axis ? a - 1 : a));
      sizes[axis] = m;
      sizes[axis + 1] = n / m;
      return x.reshape(sizes).mean(axis + 1);
    }
    Tensor[] shares = new Tensor[m];
    for (int i = 0; i < m; i++) {
      int from = (int) ((long) i * n / m);
      int to = (int) Math.ceilDiv((i + 1L) * n, (long) m);
      shares[i] = x.slice(axis, from, to).mean(axis);
    }
    return Stack.apply(axis, shares);
  }
}
