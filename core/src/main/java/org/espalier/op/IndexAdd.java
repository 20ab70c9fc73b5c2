package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.jspecify.annotations.Nullable;

/// Sum of rows by destination: `y[r] = sum of values[i] where indices[i] == r`, in ascending `i`;
/// PyTorch's `index_add` to zeros, and the transpose of [Rows]. With an index for each element,
/// along an axis, it is [ScatterAlong] (PyTorch's `scatter_add`).
///
/// @param rows number of rows of the output
public record IndexAdd(int rows) implements Op {
  /// Returns `[rows, dim...]` from values `[n, dim...]` and I32 or I64 indices `[n]`.
  public static Tensor apply(Tensor values, Tensor indices, int rows) {
    Op op = new IndexAdd(rows);
    Tensor narrow = Kernels.requireIndexEach(op, values, indices);
    return Autograd.apply(op, values, narrow);
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] in) {
    context.save(in[1]);
    Tensor y = Tensor.zeros(in[0].dtype(), in[0].device(), in[0].shape().with(0, rows));
    Kernels.backend(y).scatterAdd(Kernels.view(in[0]), Kernels.view(in[1]), Kernels.view(y));
    return y;
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    return context.dense(dy.rows(context.saved(0)), null);
  }
}
