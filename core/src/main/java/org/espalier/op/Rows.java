package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.jspecify.annotations.Nullable;

/// Selection of rows: `y[i] = x[indices[i]]`; the gradient adds back to the rows.
public record Rows() implements Op {
  /// Returns the rows of `x` (`[n, dim...]`) that I32 or I64 `indices` (`[m]`) name: `[m, dim...]`.
  public static Tensor apply(Tensor x, Tensor indices) {
    Op op = new Rows();
    Tensor narrow = Kernels.requireIndices(op, indices);
    Kernels.requireRank(op, x, 1);
    return Autograd.apply(op, x, narrow);
  }

  @Override
  public boolean movesOnly() {
    return true;
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] in) {
    context.save(in[1]);
    return gather(in[0], in[1]);
  }

  static Tensor gather(Tensor x, Tensor indices) {
    Tensor y = Kernels.empty(x, x.shape().with(0, indices.size(0)));
    Kernels.backend(x).gather(Kernels.view(x), Kernels.view(indices), Kernels.view(y));
    return y;
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    return context.dense(IndexAdd.apply(dy, context.saved(0), context.inputShape(0).size(0)), null);
  }
}
