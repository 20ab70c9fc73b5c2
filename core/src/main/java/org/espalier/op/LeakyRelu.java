package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.TensorException;

/// Leaky rectifier (Maas, Hannun, Ng 2013): `x` where it is positive, else `slope x`; the gradient
/// at 0 is that of the negative side, as in PyTorch.
public final class LeakyRelu {
  private LeakyRelu() {}

  /// Returns the leaky rectifier of each element.
  ///
  /// @param slope of the negative side, often 0.01
  /// @throws TensorException for dtypes that are not floating
  public static Tensor apply(Tensor x, double slope) {
    Kernels.requireFloating("leakyRelu", x);
    return x.greater(0).where(x, x.mul(slope));
  }
}
