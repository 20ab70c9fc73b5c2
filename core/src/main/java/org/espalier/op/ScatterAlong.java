package org.espalier.op;

import org.espalier.DType;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.ReduceKernel;
import org.jspecify.annotations.Nullable;

/// Sum by place along an axis, the transpose of [Gather]: a copy of `x` where `y[indices[i, j], j]
/// += values[i, j]` for axis 0, and so on; for each place in ascending order of the axis, rounded
/// each time. `dx = dy`, `dvalues = gather(dy)`. PyTorch's `scatter_add`; with one index for a
/// whole row it is [IndexAdd] (`index_add`), other reductions are [ScatterReduceAlong].
///
/// @param axis counted from the front
public record ScatterAlong(int axis) implements Op {
  /// Returns `x` with values added, in the later dtype of the two.
  ///
  /// @param indices I32 or I64, of the rank of `x`; beside the axis no larger than `x`
  /// @param values of the shape of `indices`
  /// @throws TensorException when shapes or dtypes do not fit, or an index is not in `[0, size of
  ///   the axis)`
  public static Tensor apply(Tensor x, int axis, Tensor indices, Tensor values) {
    Op op = new ScatterAlong(x.shape().axis(axis));
    Gather.requireIndices(op.name(), x.shape(), x.shape().axis(axis), indices, values);
    DType dtype = DType.promote(x.dtype(), values.dtype());
    if (dtype == DType.BOOL) {
      throw new TensorException(op.name() + " of BOOL: cast with to(DType.I64) to count");
    }
    return Autograd.apply(op, x.to(dtype), indices, values.to(dtype));
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] in) {
    context.save(in[1]);
    Tensor y = in[0].copy();
    Kernels.backend(y)
        .scatterAlong(
            ReduceKernel.SUM, Kernels.view(in[2]), axis, Kernels.view(in[1]), Kernels.view(y));
    return y;
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    return context.dense(
        context.wants(0) ? dy : null,
        null,
        context.wants(2) ? dy.gather(axis, context.saved(0)) : null);
  }
}
