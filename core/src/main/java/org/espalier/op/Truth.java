package org.espalier.op;

import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.Tensor;

/// Whether any, or all, elements over axes are true; the axes disappear. Numbers are true unless
/// they are 0, so NaN is. The result is BOOL and has no gradient.
public final class Truth {
  private Truth() {}

  /// Returns where any element is true; over nothing false.
  public static Tensor any(Tensor x, int... axes) {
    Tensor empty = ofNothing(x, false, axes);
    return empty != null ? empty : x.detach().to(DType.BOOL).max(axes);
  }

  /// Returns where all elements are true; over nothing true.
  public static Tensor all(Tensor x, int... axes) {
    Tensor empty = ofNothing(x, true, axes);
    return empty != null ? empty : x.detach().to(DType.BOOL).min(axes);
  }

  private static @org.jspecify.annotations.Nullable Tensor ofNothing(
      Tensor x, boolean answer, int... axes) {
    int[] sorted = Kernels.axes(x, axes);
    for (int a : sorted) {
      if (x.size(a) == 0) {
        Shape shape = Kernels.without(x.shape(), sorted);
        return Tensor.full(DType.BOOL, x.device(), shape, answer ? 1 : 0);
      }
    }
    return null;
  }
}
