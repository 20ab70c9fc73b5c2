package org.espalier.op;

import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.BinaryKernel;
import org.jspecify.annotations.Nullable;

/// Comparison of elements with broadcasting; the result is BOOL and has no gradient.
///
/// @param kernel EQUAL, NOT_EQUAL, LESS or LESS_OR_EQUAL
public record Compare(BinaryKernel kernel) implements Op {
  /// Returns where the comparison holds.
  public static Tensor apply(BinaryKernel kernel, Tensor a, Tensor b) {
    return Kernels.promoted(new Compare(kernel), a, b);
  }

  @Override
  public String name() {
    return "Compare." + kernel;
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    return Kernels.binary(this, kernel, inputs[0], inputs[1]);
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    return new @Nullable Gradient[2];
  }

  /// Returns 1 where `x > 0`, else 0, in the dtype of `x`.
  static Tensor positive(Tensor x) {
    return constant(x, 0).less(x.detach()).where(constant(x, 1), constant(x, 0));
  }

  /// Returns 1 where `a > b`, one half where they are equal, else 0, in the dtype of `a`.
  static Tensor share(Tensor a, Tensor b) {
    Tensor x = a.detach();
    Tensor y = b.detach();
    return y.less(x).where(constant(a, 1), equal(x, y).mul(0.5));
  }

  /// Returns 1 where `a == b`, else 0, in the dtype of `a`; without a gradient.
  static Tensor equal(Tensor a, Tensor b) {
    return a.detach().equalTo(b.detach()).where(constant(a, 1), constant(a, 0));
  }

  private static Tensor constant(Tensor like, double value) {
    return Tensor.full(like.dtype(), like.device(), Shape.SCALAR, value);
  }
}
