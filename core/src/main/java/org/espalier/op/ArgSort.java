package org.espalier.op;

import org.espalier.DType;
import org.espalier.Ranked;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.jspecify.annotations.Nullable;

/// The places of the first elements in the stable order along an axis, as I64. No gradient.
///
/// Equal elements keep the order in which they lie, -0 equals 0, and NaN is above everything: last
/// when ascending, first when descending.
///
/// @param axis counted from the front
/// @param descending whether the largest comes first
/// @param first how many places of the order are wanted
public record ArgSort(int axis, boolean descending, int first) implements Op {
  /// Returns the order of all elements along an axis.
  public static Tensor apply(Tensor x, int axis, boolean descending) {
    int a = x.shape().axis(axis);
    return Autograd.apply(new ArgSort(a, descending, x.size(a)), x);
  }

  /// Returns the elements in order with their places.
  public static Ranked sorted(Tensor x, int axis, boolean descending) {
    return ranked(x, axis, apply(x, axis, descending));
  }

  /// Returns the `k` largest (or smallest) along an axis in order, with their places.
  ///
  /// @throws TensorException when the axis has fewer than `k` elements
  public static Ranked topK(Tensor x, int k, int axis, boolean largest) {
    int a = x.shape().axis(axis);
    if (k < 0 || k > x.size(a)) {
      throw new TensorException(
          "topK of " + k + " along axis " + a + " of shape " + x.shape() + ": it has " + x.size(a));
    }
    return ranked(x, a, Autograd.apply(new ArgSort(a, largest, k), x));
  }

  private static Ranked ranked(Tensor x, int axis, Tensor places) {
    return new Ranked(x.gather(axis, places), places);
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    Tensor x = inputs[0];
    Tensor order = Kernels.empty(DType.I64, x.device(), x.shape().with(axis, first));
    Kernels.backend(x).argSort(Kernels.view(x), axis, descending, Kernels.view(order));
    return order;
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    return new @Nullable Gradient[1];
  }
}
