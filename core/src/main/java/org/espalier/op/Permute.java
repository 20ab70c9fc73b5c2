package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.jspecify.annotations.Nullable;

/// A view with the axes in another order: axis `i` of the output is axis `order[i]` of the input.
public final class Permute implements Op {
  private final int[] order;

  /// Makes the op; negative axes count from the end.
  public Permute(int... order) {
    this.order = order.clone();
  }

  /// Returns a view with the last two axes swapped.
  public static Tensor swapLast(Tensor x) {
    if (x.rank() < 2) {
      throw new TensorException("transpose needs at least two axes, found shape " + x.shape());
    }
    int[] order = new int[x.rank()];
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    order[order.length - 1] = order.length - 2;
    order[order.length - 2] = order.length - 1;
    return Autograd.apply(new Permute(order), x);
  }

  @Override
  public boolean movesOnly() {
    return true;
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    return Kernels.alias(inputs[0], Kernels.view(inputs[0]).layout().permute(order));
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    int[] inverse = new int[order.length];
    for (int i = 0; i < order.length; i++) {
      inverse[dy.shape().axis(order[i])] = i;
    }
    return context.dense(dy.permute(inverse));
  }
}
