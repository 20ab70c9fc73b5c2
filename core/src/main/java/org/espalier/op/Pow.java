package org.espalier.op;

import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.BinaryKernel;
import org.jspecify.annotations.Nullable;

/// Power with broadcasting: `y = a^b`, `da = dy b a^(b - 1)`, `db = dy y log a`.
///
/// Special values are those of `Math.pow`: anything to the power 0 is 1, a negative number to a
/// power that is no integer is NaN, and so is 1 to an infinite power or to NaN (1 in PyTorch).
/// Where `b` is 0 the gradient of `a` is 0, where `a` is 0 and `b` is not negative that of `b`.
///
/// Integers multiply exactly and wrap around. To a negative power they truncate towards zero, as
/// their division does, and 0 to a negative power is an error.
public record Pow() implements Op {
  /// Returns the result in the later dtype of the two and the shape both broadcast to.
  ///
  /// @throws TensorException for an integer 0 to a negative power
  public static Tensor apply(Tensor a, Tensor b) {
    return Kernels.promoted(new Pow(), a, b);
  }

  /// Returns `a^exponent`, of integers exactly: they multiply and wrap around.
  ///
  /// @throws TensorException for integers to a negative power, or to one that their dtype lacks
  public static Tensor apply(Tensor a, long exponent) {
    DType t = a.dtype().withInteger();
    if (t.isFloating()) {
      return apply(a, (double) exponent);
    }
    if (exponent < 0 || !t.has(exponent)) {
      throw new TensorException(
          "pow: "
              + a.dtype()
              + " to the power "
              + exponent
              + (exponent < 0
                  ? " would truncate to 0 nearly everywhere; cast with to(DType.F32)"
                  : ", which that dtype does not have; cast with to(DType.I64)"));
    }
    Tensor power = Tensor.full(t, a.device(), Shape.SCALAR, exponent);
    return Autograd.apply(new Pow(), a.to(t), power);
  }

  /// Returns `a^exponent`; integers become F32. The powers 2, 3, 1/2, -1/2, -1 and -2 are products,
  /// roots and quotients: faster, and to the bit those (so the square root of -0 is -0, that of
  /// negative infinity NaN).
  public static Tensor apply(Tensor a, double exponent) {
    DType t = a.dtype().withReal();
    Tensor x = a.to(t);
    if (exponent == 2) {
      return x.square();
    } else if (exponent == 3) {
      return x.square().mul(x);
    } else if (exponent == 0.5) {
      return x.sqrt();
    } else if (exponent == -0.5) {
      return x.rsqrt();
    } else if (exponent == -1) {
      return x.reciprocal();
    } else if (exponent == -2) {
      return x.reciprocal().square();
    }
    return Autograd.apply(new Pow(), x, Tensor.full(t, x.device(), Shape.SCALAR, exponent));
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    Tensor y = Kernels.binary(this, BinaryKernel.POW, inputs[0], inputs[1]);
    context.save(inputs[0], inputs[1], y);
    return y;
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    Tensor a = context.saved(0);
    Tensor b = context.saved(1);
    Tensor da = null;
    Tensor db = null;
    if (context.wants(0)) {
      Tensor slope = dy.mul(b.mul(a.pow(b.sub(1))));
      da = Kernels.sumTo(b.equalTo(0).where(0, slope), context.inputShape(0));
    }
    if (context.wants(1)) {
      Tensor slope = dy.mul(context.saved(2).mul(a.log()));
      Tensor flat = a.equalTo(0).logicalAnd(b.greaterOrEqual(0));
      db = Kernels.sumTo(flat.where(0, slope), context.inputShape(1));
    }
    return context.dense(da, db);
  }
}
