package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.TensorException;
import org.jspecify.annotations.Nullable;

/// Instance normalisation (Ulyanov, Vedaldi, Lempitsky 2016) of `[batch, channels, ...]`: each
/// channel of each example by its own mean and variance. [GroupNorm] with groups of one channel.
public final class InstanceNorm {
  private InstanceNorm() {}

  /// Returns the normalised `x`; weight and bias are `[channels]`, or null.
  ///
  /// @throws TensorException when shapes or dtypes do not fit
  public static Tensor apply(Tensor x, @Nullable Tensor weight, @Nullable Tensor bias, double eps) {
    if (x.rank() < 3) {
      throw new TensorException(
          "instanceNorm needs [batch, channels, ...] with something to average over, found shape "
              + x.shape());
    }
    return GroupNorm.apply(x, Math.max(1, x.size(1)), weight, bias, eps);
  }
}
