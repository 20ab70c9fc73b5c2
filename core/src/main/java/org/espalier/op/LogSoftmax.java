package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.FusedKernel;
import org.jspecify.annotations.Nullable;

/// Logarithm of softmax along the last axis: `y = x - logsumexp(x)`, `dx = dy - exp(y) sum(dy)`.
public record LogSoftmax() implements Op {
  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    Tensor x = inputs[0];
    Kernels.requireFloating(this, x);
    Kernels.requireRank(this, x, 1);
    Tensor y =
        Kernels.supports(x, FusedKernel.Softmax.class) ? Softmax.fused(x, true) : composed(x);
    context.save(y);
    return y;
  }

  /// Returns the logarithm of softmax along any axis.
  public static Tensor apply(Tensor x, int axis) {
    return Softmax.onLast(new LogSoftmax(), x, axis);
  }

  private static Tensor composed(Tensor x) {
    if (x.elements() == 0) {
      return x.copy();
    }
    Tensor centred = x.sub(Softmax.rowMax(x));
    return centred.sub(Softmax.rowSum(centred.exp()).log());
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    Tensor y = context.saved(0);
    if (context.createGraph() || !Kernels.supports(y, FusedKernel.SoftmaxBackward.class)) {
      return context.dense(dy.sub(y.exp().mul(Softmax.rowSum(dy))));
    }
    return context.dense(Softmax.fusedBackward(y, dy, true));
  }
}
