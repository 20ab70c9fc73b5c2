package org.espalier.op;

import java.util.Arrays;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;

/// The mean of each window along the last axes: `[..., in...] -> [..., out...]`, `out = (in + 2
/// padding - dilation (size - 1) - 1) / stride + 1`.
public final class AvgPool {
  private AvgPool() {}

  /// Returns the means of windows of these sizes.
  ///
  /// @param sizes of a window, one for each of the last axes
  /// @param countPadding whether the zeros of the padding count as elements of a window
  /// @param slidings one for all axes, or one for each; padding is at most half of a window
  /// @throws TensorException when a window does not fit
  public static Tensor apply(Tensor x, int[] sizes, boolean countPadding, Sliding... slidings) {
    int axes = sizes.length;
    if (axes < 1 || x.rank() < axes || !x.dtype().isFloating()) {
      throw new TensorException(
          "avgPool with windows "
              + Arrays.toString(sizes)
              + " needs as many axes and a floating dtype, found "
              + x.dtype()
              + " "
              + x.shape());
    }
    Sliding[] each = Windows.each("avgPool", axes, slidings);
    Windows.requireElements("avgPool", sizes, each);
    Tensor sums = Windows.of("avgPool", x, sizes, each, 0).sum(Windows.lastAxes(axes));
    if (countPadding || Arrays.stream(each).allMatch(s -> s.padding() == 0)) {
      double count = 1;
      for (int size : sizes) {
        count *= size;
      }
      return sums.div(count);
    }
    return sums.div(counts(x, sizes, each, sums));
  }

  /// Returns how many elements of `x` each window holds, broadcasting with the sums.
  private static Tensor counts(Tensor x, int[] sizes, Sliding[] each, Tensor sums) {
    Tensor counts = Tensor.full(sums.dtype(), sums.device(), Shape.SCALAR, 1);
    for (int i = 0; i < sizes.length; i++) {
      int axis = i - sizes.length;
      double[] along = new double[sums.size(axis)];
      for (int p = 0; p < along.length; p++) {
        for (int k = 0; k < sizes[i]; k++) {
          int at = p * each[i].stride() - each[i].padding() + k * each[i].dilation();
          along[p] += at >= 0 && at < x.size(axis) ? 1 : 0;
        }
      }
      int[] shape = new int[-axis];
      Arrays.fill(shape, 1);
      shape[0] = along.length;
      counts = counts.mul(Kernels.constants(along, sums.dtype(), sums.device(), shape));
    }
    return counts;
  }
}
