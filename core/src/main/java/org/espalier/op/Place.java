package org.espalier.op;

import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// Zeros, but for the values of `x` in the place of a part: the transpose of [Slice] and
/// [Diagonal], and the gradient of both.
///
/// @param whole the shape of the output
/// @param part which of its elements are `x`
public record Place(Shape whole, Part part) implements Op {
  /// Returns zeros of shape `whole` with `x` in the place of `part`.
  ///
  /// @throws org.espalier.TensorException when `x` has not the shape of the part
  public static Tensor apply(Tensor x, Shape whole, Part part) {
    return Autograd.apply(new Place(whole, part), x);
  }

  @Override
  public boolean movesOnly() {
    return true;
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    Tensor x = inputs[0];
    Tensor y = Tensor.zeros(x.dtype(), x.device(), whole);
    View out = Kernels.view(y);
    View place = out.with(part.of(out.layout()));
    Kernels.requireShape(this, x, place.shape());
    Kernels.backend(x).copy(Kernels.view(x), place);
    return y;
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    return context.dense(Autograd.apply(part, dy));
  }
}
