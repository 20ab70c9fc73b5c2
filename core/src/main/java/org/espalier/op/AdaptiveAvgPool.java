package org.espalier.op;

import java.util.Arrays;
import org.espalier.Tensor;
import org.espalier.TensorException;

/// Means of about equal shares of the last axes, so that the output has the same sizes whatever the
/// input has: output `i` of `m` averages the inputs from `floor(i n / m)` to `ceil((i + 1) n / m)`.
/// With `m = 1` the mean of the axis: global pooling.
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
    Tensor y = x;
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
      Tensor shares = Kernels.constants(shares(n, sizes[i]), y.dtype(), y.device(), n, sizes[i]);
      y = y.transpose(axis, -1).matmul(shares).transpose(axis, -1);
    }
    return y;
  }

  /// Returns the elements of the matrix `[n, m]` that averages.
  private static double[] shares(int n, int m) {
    double[] shares = new double[Math.multiplyExact(n, m)];
    for (int i = 0; i < m; i++) {
      int from = (int) ((long) i * n / m);
      int to = (int) Math.ceilDiv((i + 1L) * n, (long) m);
      for (int j = from; j < to; j++) {
        shares[j * m + i] = 1.0 / (to - from);
      }
    }
    return shares;
  }
}
