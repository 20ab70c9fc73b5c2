package org.espalier.op;

import org.espalier.DType;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.ReduceKernel;
import org.jspecify.annotations.Nullable;

/// The index of the first smallest along one axis, which disappears, as I64; the first NaN wins. No
/// gradient.
///
/// @param axis counted from the front
public record ArgMin(int axis) implements Op {
  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    Tensor x = inputs[0];
    if (x.size(axis) == 0) {
      throw new TensorException("argMin over the empty axis " + axis + " of shape " + x.shape());
    }
    Tensor kept = Kernels.reduceKeeping(ReduceKernel.ARG_MIN, x, new int[] {axis}, DType.I64);
    return kept.reshape(x.shape().without(axis).sizes());
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    return new @Nullable Gradient[1];
  }
}
