package org.espalier.op;

import java.util.Arrays;
import org.espalier.DType;
import org.espalier.Tensor;

/// Assignment by place along an axis, the other way of [Gather]: a copy of `x` where `y[indices[i,
/// j], j] = source[i, j]` for axis 0, and so on. Of several values for one place the last along the
/// axis stays (PyTorch promises none), and it alone has a gradient; what is replaced has none.
public final class Scatter {
  private Scatter() {}

  /// Returns `x` with values of `source`, in the later dtype of the two; two of one dtype keep it,
  /// F16 and BF16 too.
  ///
  /// @param indices I32 or I64, of the rank of `x`; beside the axis no larger than `x`. They are
  ///   read on the host
  /// @param source of the shape of `indices`
  /// @throws org.espalier.TensorException when shapes or dtypes do not fit, or an index is not in
  ///   `[0, size of the axis)`
  public static Tensor apply(Tensor x, int axis, Tensor indices, Tensor source) {
    int[] places = ScatterReduceAlong.places("scatter", x.shape(), axis, indices, source);
    DType dtype =
        x.dtype() == source.dtype() ? x.dtype() : DType.promote(x.dtype(), source.dtype());
    // Row-major order is ascending along the axis for every place, so that the last is the last.
    int n = x.elements();
    int[] from = new int[n];
    Arrays.setAll(from, i -> i);
    for (int i = 0; i < places.length; i++) {
      from[places[i]] = n + i;
    }
    Tensor both = Concat.apply(0, x.to(dtype).flatten(), source.to(dtype).flatten());
    return both.rows(Tensor.of(from).to(x.device())).reshape(x.shape().sizes());
  }
}
