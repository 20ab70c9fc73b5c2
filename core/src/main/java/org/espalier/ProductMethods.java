package org.espalier;

import org.espalier.op.*;
import org.jspecify.annotations.Nullable;

/// The methods of [Tensor] that multiply matrices.
sealed interface ProductMethods permits Tensor {
  private Tensor self() {
    return (Tensor) this;
  }

  /// Returns the matrix product `[..., m, k] x [..., k, n] -> [..., m, n]`; leading axes broadcast.
  /// A vector on the left is a row, one on the right a column, and that axis disappears.
  default Tensor matmul(Tensor other) {
    return MatrixProduct.apply(self(), other);
  }

  /// Returns `this weightᵀ + bias`: `[..., in] x [out, in] -> [..., out]`.
  default Tensor linear(Tensor weight, @Nullable Tensor bias) {
    return Linear.apply(self(), weight, bias);
  }

  /// Begins attention of these queries `[batch, heads, queries, headDim]` over keys `[batch,
  /// kvHeads, keys, headDim]` and values `[batch, kvHeads, keys, valueDim]`; set what hides keys,
  /// then `apply()`.
  default ScaledDotProduct scaledDotProduct(Tensor keys, Tensor values) {
    return ScaledDotProduct.of(self(), keys, values);
  }
}
