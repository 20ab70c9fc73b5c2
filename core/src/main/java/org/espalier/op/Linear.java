package org.espalier.op;

import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.Matmul;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// Affine map `y = x Wᵀ + b`: `[..., in]`, weight `[out, in]`, bias `[out]` `-> [..., out]`.
///
/// The bias is where each product's chain of additions starts, so it costs no pass of its own. The
/// weight's gradient is handed on as a product that is not multiplied out yet
/// ([Gradient.OuterProduct]): accumulation adds it straight into the parameter's gradient, and
/// multi-task methods read its factors.
///
/// A weight in F16 or BF16 stays so: each product converts it a few rows at a time, to the bits
/// that its values in F32 would give, so a layer takes half the memory of one in F32. The gradient
/// of such a weight is computed in F32 (the factors handed on are) and rounded when it is
/// accumulated.
public record Linear() implements Op {
  /// Returns `x Wᵀ + b`, without the last term when `bias` is null. F16 and BF16 count as F32.
  ///
  /// @throws TensorException when shapes or dtypes do not fit
  public static Tensor apply(Tensor x, Tensor weight, @Nullable Tensor bias) {
    boolean fits =
        x.rank() >= 1
            && weight.rank() == 2
            && x.size(-1) == weight.size(1)
            && (bias == null || bias.shape().equals(Shape.of(weight.size(0))));
    DType dtype = computing(x);
    if (!fits || computing(weight) != dtype || (bias != null && computing(bias) != dtype)) {
      throw new TensorException(
          "linear: input "
              + x.shape()
              + " "
              + x.dtype()
              + ", weight "
              + weight.shape()
              + " "
              + weight.dtype()
              + (bias == null ? "" : ", bias " + bias.shape() + " " + bias.dtype())
              + "; needs [..., in], [out, in], [out] of one dtype");
    }
    int[] sizes = x.shape().sizes();
    Tensor rows = x.reshape(Kernels.rowShape(x).elements(), x.size(-1));
    Tensor y =
        bias == null
            ? Autograd.apply(new Linear(), rows, weight)
            : Autograd.apply(new Linear(), rows, weight, bias);
    sizes[sizes.length - 1] = weight.size(0);
    return sizes.length == 2 ? y : y.reshape(sizes);
  }

  private static DType computing(Tensor t) {
    return DType.promote(t.dtype(), t.dtype());
  }

  @Override
  public boolean keepsHalf(int input) {
    return input == 1;
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    Tensor x = inputs[0];
    Tensor w = inputs[1];
    context.save(x, w);
    Tensor y = Kernels.empty(x, Shape.of(x.size(0), w.size(0)));
    View start = null;
    if (inputs.length == 3) {
      View b = Kernels.view(inputs[2]);
      start = b.with(b.layout().expand(y.shape()));
    }
    // A weight that is being trained moves before its packed copy would serve again.
    boolean moves = context.training() && w.requiresGrad();
    multiply(x, w.transpose(), start, y, !moves);
    return y;
  }

  private static void multiply(Tensor a, Tensor b, @Nullable View start, Tensor c, boolean reuse) {
    Kernels.backend(a)
        .matmul(new Matmul(Kernels.view(a), Kernels.view(b), start, Kernels.view(c), reuse));
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    @Nullable Gradient[] out = new @Nullable Gradient[context.inputCount()];
    if (context.wants(0)) {
      out[0] = new Gradient.Dense(inputGradient(context, dy, context.saved(1)));
    }
    if (context.wants(1)) {
      Tensor x = context.saved(0);
      out[1] =
          context.createGraph()
              ? new Gradient.Dense(dy.transpose().matmul(x))
              : new Gradient.OuterProduct(dy, x);
    }
    if (out.length == 3 && context.wants(2)) {
      out[2] = new Gradient.Dense(dy.sum(0));
    }
    return out;
  }

  private static Tensor inputGradient(BackwardContext context, Tensor dy, Tensor w) {
    if (context.createGraph()) {
      return dy.matmul(w);
    }
    Tensor dx = Kernels.empty(dy, context.inputShape(0));
    multiply(dy, w, null, dx, !context.wants(1));
    return dx;
  }
}
