package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.FusedKernel;
import org.jspecify.annotations.Nullable;

/// Softmax along the last axis: `y_i = exp(x_i - max x) / sum_j exp(x_j - max x)`, `dx = y (dy -
/// sum(dy y))`.
public record Softmax() implements Op {
  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    Kernels.requireFloating(this, inputs[0]);
    Kernels.requireRank(this, inputs[0], 1);
    Tensor y =
        Kernels.supports(inputs[0], FusedKernel.Softmax.class)
            ? fused(inputs[0], false)
            : composed(inputs[0]);
    context.save(y);
    return y;
  }

  /// Returns softmax along any axis.
  public static Tensor apply(Tensor x, int axis) {
    return onLast(new Softmax(), x, axis);
  }

  /// Runs an op of the last axis on another one.
  static Tensor onLast(Op op, Tensor x, int axis) {
    int a = x.shape().axis(axis);
    int last = x.rank() - 1;
    if (a == last) {
      return Autograd.apply(op, x);
    }
    int[] swap = new int[x.rank()];
    for (int i = 0; i <= last; i++) {
      swap[i] = i == a ? last : i == last ? a : i;
    }
    return Autograd.apply(op, x.permute(swap)).permute(swap);
  }

  static Tensor fused(Tensor input, boolean log) {
    Tensor x = input.contiguous();
    Tensor y = Kernels.empty(x, x.shape());
    Kernels.backend(x).run(new FusedKernel.Softmax(Kernels.view(x), log, Kernels.view(y)));
    return y;
  }

  /// Returns the last axis' largest (no gradient), kept with size 1.
  static Tensor rowMax(Tensor x) {
    return x.detach().max(-1).reshape(x.shape().with(-1, 1).sizes());
  }

  /// Returns the sum along the last axis, kept with size 1.
  static Tensor rowSum(Tensor x) {
    return x.sum(-1).reshape(x.shape().with(-1, 1).sizes());
  }

  /// Returns softmax composed of other operations.
  static Tensor composed(Tensor x) {
    if (x.elements() == 0) {
      return x.copy();
    }
    Tensor e = x.sub(rowMax(x)).exp();
    return e.div(rowSum(e));
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    Tensor y = context.saved(0);
    if (context.createGraph() || !Kernels.supports(y, FusedKernel.SoftmaxBackward.class)) {
      return context.dense(y.mul(dy.sub(rowSum(dy.mul(y)))));
    }
    return context.dense(fusedBackward(y, dy, false));
  }

  static Tensor fusedBackward(Tensor y, Tensor dy, boolean log) {
    Tensor g = dy.contiguous();
    Tensor dx = Kernels.empty(y, y.shape());
    Kernels.backend(y)
        .run(
            new FusedKernel.SoftmaxBackward(
                Kernels.view(y), Kernels.view(g), log, Kernels.view(dx)));
    return dx;
  }
}
