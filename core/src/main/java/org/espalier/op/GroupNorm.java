package org.espalier.op;

import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.jspecify.annotations.Nullable;

/// Group normalisation (Wu, He 2018) of `[batch, channels, ...]`: the channels of each example are
/// put into groups of neighbours, and each group is normalised by its own mean and variance; then
/// weight and bias of each channel apply. It does not depend on the other examples.
public final class GroupNorm {
  private GroupNorm() {}

  /// Returns the normalised `x`.
  ///
  /// @param groups divides the number of channels
  /// @param weight `[channels]`, or null for 1
  /// @param bias `[channels]`, or null for 0
  /// @param eps added to the variance
  /// @throws TensorException when shapes or dtypes do not fit
  public static Tensor apply(
      Tensor x, int groups, @Nullable Tensor weight, @Nullable Tensor bias, double eps) {
    if (x.rank() < 2 || !x.dtype().isFloating() || groups < 1 || x.size(1) % groups != 0) {
      throw new TensorException(
          "groupNorm needs floating [batch, channels, ...] and a number of groups that divides the"
              + " channels, found "
              + x.dtype()
              + " "
              + x.shape()
              + " and "
              + groups
              + " groups");
    }
    Channels.check(x, weight, "weight");
    Channels.check(x, bias, "bias");
    int rows = x.size(0) * groups;
    int columns = x.size(1) / groups;
    for (int axis = 2; axis < x.rank(); axis++) {
      columns *= x.size(axis);
    }
    DType dtype = x.dtype().isHalf() ? DType.F32 : x.dtype();
    Tensor one = Tensor.full(dtype, x.device(), Shape.of(columns), 1);
    Tensor zero = Tensor.full(dtype, x.device(), Shape.of(columns), 0);
    Tensor y = LayerNorm.apply(x.to(dtype).reshape(rows, columns), one, zero, eps);
    return Channels.affine(y.reshape(x.shape().sizes()), weight, bias);
  }
}
