package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.TensorException;

/// Mean over axes, which disappear: the sum divided by the count. Over nothing it is NaN.
public final class Mean {
  private Mean() {}

  /// Returns the mean over these axes; over all when none is named.
  ///
  /// @throws TensorException for dtypes that are not floating
  public static Tensor apply(Tensor x, int... axes) {
    if (!x.dtype().isFloating()) {
      throw new TensorException(
          "mean needs a floating dtype, not " + x.dtype() + "; cast with to(DType.F32)");
    }
    int n = 1;
    for (int a : Kernels.axes(x, axes)) {
      n *= x.size(a);
    }
    return x.sum(axes).div(n);
  }
}
