package org.espalier.op;

import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// The lower or upper triangle of the last two axes, zero elsewhere: element `[..., i, j]` stays
/// where `j - i <= diagonal` (lower) or `j - i >= diagonal` (upper). What is not kept does not
/// matter, not even NaN. The gradient is the same triangle.
///
/// @param upper whether the upper triangle stays
/// @param diagonal 0 is the main diagonal, positive ones lie above it
public record Triangle(boolean upper, int diagonal) implements Op {
  /// Returns the triangle of each matrix of `x` (`[..., rows, columns]`).
  ///
  /// @throws org.espalier.TensorException when `x` has fewer than two axes
  public static Tensor apply(Tensor x, boolean upper, int diagonal) {
    Op op = new Triangle(upper, diagonal);
    Kernels.requireRank(op, x, 2);
    return Autograd.apply(op, x);
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    Tensor x = inputs[0];
    int rows = x.size(-2);
    int columns = x.size(-1);
    boolean[] kept = new boolean[rows * columns];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        kept[i * columns + j] = upper ? (long) j - i >= diagonal : (long) j - i <= diagonal;
      }
    }
    Tensor mask = Tensor.of(kept, rows, columns).to(x.device());
    Tensor zero = Tensor.zeros(x.dtype(), x.device(), Shape.SCALAR);
    Tensor y = Kernels.empty(x, x.shape());
    Kernels.backend(x)
        .select(expand(mask, x.shape()), Kernels.view(x), expand(zero, x.shape()), Kernels.view(y));
    return y;
  }

  private static View expand(Tensor t, Shape shape) {
    View v = Kernels.view(t);
    return v.with(v.layout().expand(shape));
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    return context.dense(Autograd.apply(this, dy));
  }
}
