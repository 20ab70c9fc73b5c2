package org.espalier.op;

import org.espalier.DType;
import org.espalier.Tensor;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.jspecify.annotations.Nullable;

/// The values in another dtype: reals are rounded, and truncated towards zero to integers; anything
/// but 0 is true. A gradient flows only between floating dtypes.
///
/// @param from the input's dtype
/// @param to the new dtype
public record Cast(DType from, DType to) implements Op {
  @Override
  public boolean movesOnly() {
    return true;
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    Tensor y = Kernels.empty(to, inputs[0].device(), inputs[0].shape());
    Kernels.backend(y).copy(Kernels.view(inputs[0]), Kernels.view(y));
    return y;
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    return context.dense(dy.to(from));
  }
}
