package org.espalier.op;

import java.util.Arrays;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.ReduceKernel;
import org.jspecify.annotations.Nullable;

/// Sum over axes, which disappear; over nothing it is 0.
public final class Sum implements Op {
  private final int[] axes;

  private Sum(int[] axes) {
    this.axes = axes;
  }

  /// Returns the sum over these axes; over all when none is named.
  ///
  /// @throws TensorException for BOOL: cast to I64 to count
  public static Tensor apply(Tensor x, int... axes) {
    return Autograd.apply(new Sum(Kernels.axes(x, axes)), x);
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    Tensor x = inputs[0];
    if (x.dtype() == org.espalier.DType.BOOL) {
      throw new TensorException("sum of BOOL: cast with to(DType.I64) to count");
    }
    Tensor kept = Kernels.reduceKeeping(ReduceKernel.SUM, x, axes, x.dtype());
    return kept.reshape(Kernels.without(x.shape(), axes).sizes());
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    var shape = context.inputShape(0);
    return context.dense(dy.reshape(Kernels.keeping(shape, axes).sizes()).expand(shape));
  }

  @Override
  public String toString() {
    return "Sum" + Arrays.toString(axes);
  }
}
