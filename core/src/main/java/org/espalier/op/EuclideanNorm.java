package org.espalier.op;

import org.espalier.DType;
import org.espalier.Tensor;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.jspecify.annotations.Nullable;

/// Norm of order 2 over axes, which disappear: `y = sqrt(sum of x^2)`, `dx = dy x / y`, and 0 where
/// `y` is 0.
///
/// A norm whose squares overflow, or are too small to be precise, is computed again relative to the
/// largest magnitude; the others keep their bits. For that the norms are looked at on the host.
/// [Norm] is where users find it.
public final class EuclideanNorm implements Op {
  private final int[] axes;

  /// @param axes counted from the front, ascending
  EuclideanNorm(int... axes) {
    this.axes = axes.clone();
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    Tensor x = inputs[0];
    Tensor squares = x.square().sum(axes);
    Tensor y = precise(squares) ? squares.sqrt() : scaled(x, squares);
    context.save(x, y);
    return y;
  }

  /// Tells whether no sum of squares overflowed, or is so small that squares which were lost below
  /// the range could show in it.
  private static boolean precise(Tensor squares) {
    double least = least(squares);
    for (double sum : squares.toDoubleArray()) {
      if (sum < least || sum == Double.POSITIVE_INFINITY) {
        return false;
      }
    }
    return true;
  }

  private static double least(Tensor squares) {
    return squares.dtype() == DType.F64 ? 0x1p-900 : 0x1p-76;
  }

  private Tensor scaled(Tensor x, Tensor squares) {
    if (x.elements() == 0) {
      return squares;
    }
    Tensor lost = squares.less(least(squares)).logicalOr(squares.equalTo(Double.POSITIVE_INFINITY));
    Tensor largest = x.abs().max(axes);
    Tensor usable = lost.logicalAnd(largest.greater(0)).logicalAnd(largest.isFinite());
    Tensor scale = usable.where(largest, 1);
    Tensor ratios = x.div(scale.reshape(Kernels.keeping(x.shape(), axes).sizes()));
    return lost.where(ratios.square().sum(axes).sqrt().mul(scale), squares.sqrt());
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    Tensor x = context.saved(0);
    int[] kept = Kernels.keeping(x.shape(), axes).sizes();
    Tensor y = context.saved(1).reshape(kept);
    Tensor zero = y.detach().equalTo(0);
    Tensor direction = x.div(zero.where(1, y));
    return context.dense(zero.where(0, direction).mul(dy.reshape(kept)));
  }
}
