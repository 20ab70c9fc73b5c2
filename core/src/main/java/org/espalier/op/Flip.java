package org.espalier.op;

import java.util.Arrays;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// A copy with the order of elements along some axes reversed; its own inverse and its own
/// gradient.
public final class Flip implements Op {
  private final int[] axes;

  private Flip(int[] axes) {
    this.axes = axes;
  }

  /// Returns `x` with these axes reversed; all of them when none is named.
  ///
  /// @throws org.espalier.TensorException when an axis does not exist or is named twice
  public static Tensor apply(Tensor x, int... axes) {
    return Autograd.apply(new Flip(Kernels.axes(x, axes)), x);
  }

  @Override
  public boolean movesOnly() {
    return true;
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    Tensor y = Kernels.empty(inputs[0], inputs[0].shape());
    View x = Kernels.view(inputs[0]);
    Kernels.backend(y).copy(x.with(x.layout().flip(axes)), Kernels.view(y));
    return y;
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    return context.dense(Autograd.apply(this, dy));
  }

  @Override
  public String toString() {
    return "Flip" + Arrays.toString(axes);
  }
}
