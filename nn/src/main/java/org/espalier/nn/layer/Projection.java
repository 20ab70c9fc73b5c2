package org.espalier.nn.layer;

import org.espalier.Tensor;
import org.espalier.nn.Context;
import org.jspecify.annotations.Nullable;

/// How a [Linear] layer applies its weight: the one seam where adapters attach, so that they never
/// rewrite a layer.
@FunctionalInterface
public interface Projection {
  /// `x Wᵀ + b`.
  Projection PLAIN = (context, x, weight, bias) -> x.linear(weight, bias);

  /// Returns the projected rows, `[rows, in] -> [rows, out]`.
  Tensor apply(Context context, Tensor x, Tensor weight, @Nullable Tensor bias);
}
