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

  /// Returns where an element is the extreme that it was reduced to: equal to it, or NaN, which
  /// wins.
  static Tensor wins(Tensor x, Tensor extreme) {
    Tensor a = x.detach();
    return a.equalTo(extreme.detach()).logicalOr(a.isNan());
  }

  /// Returns what of a gradient goes to an operand of which each pair's winner is taken: nothing
  /// where it loses, half where both are equal.
  static Tensor share(Tensor own, Tensor other, Tensor loses, Tensor dy) {
    Tensor rest = own.equalTo(other).where(dy.mul(0.5), dy);
    return loses.where(0, rest);
  }

  /// Returns 1 where a condition holds, else 0, in the dtype of another tensor.
  static Tensor ones(Tensor condition, Tensor like) {
    return condition.where(constant(like, 1), constant(like, 0));
  }

  private static Tensor constant(Tensor like, double value) {
    return Tensor.full(like.dtype(), like.device(), Shape.SCALAR, value);
  }
}
