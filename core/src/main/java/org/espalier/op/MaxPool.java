package org.espalier.op;

import java.util.Arrays;
import org.espalier.Tensor;
import org.espalier.TensorException;

/// The largest of each window along the last axes: `[..., in...] -> [..., out...]`, `out = (in + 2
/// padding - dilation (size - 1) - 1) / stride + 1`. Padding never wins; the gradient goes to the
/// first of equals.
public final class MaxPool {
  private MaxPool() {}

  /// Returns the maxima of windows of these sizes.
  ///
  /// @param sizes of a window, one for each of the last axes
  /// @param slidings one for all axes, or one for each; padding is at most half of a window
  /// @throws TensorException when a window does not fit
  public static Tensor apply(Tensor x, int[] sizes, Sliding... slidings) {
    if (sizes.length < 1 || x.rank() < sizes.length || !x.dtype().isFloating()) {
      throw new TensorException(
          "maxPool with windows "
              + Arrays.toString(sizes)
              + " needs as many axes and a floating dtype, found "
              + x.dtype()
              + " "
              + x.shape());
    }
    Sliding[] each = Windows.each("maxPool", sizes.length, slidings);
    Windows.requireElements("maxPool", sizes, each);
    return WindowMax.apply(
        Windows.of("maxPool", x, sizes, each, Double.NEGATIVE_INFINITY), sizes.length);
  }
}
