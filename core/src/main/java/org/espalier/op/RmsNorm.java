package org.espalier.op;

import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.FusedKernel;
import org.jspecify.annotations.Nullable;

/// Root mean square normalisation along the last axis (Zhang, Sennrich 2019): `y = x /
/// sqrt(mean(x²)
/// + eps) * weight`. Layer norm without its mean and bias.
///
/// @param eps added to the mean of the squares
public record RmsNorm(double eps) implements Op {
  /// Returns the normalised `x`; `weight` is `[dim]`.
  ///
  /// @throws TensorException when shapes or dtypes do not fit
  public static Tensor apply(Tensor x, Tensor weight, double eps) {
    boolean fits =
        x.rank() >= 1
            && weight.shape().equals(Shape.of(x.size(-1)))
            && x.dtype().isFloating()
            && weight.dtype() == x.dtype();
    if (!fits) {
      throw new TensorException(
          "rmsNorm: input "
              + x.shape()
              + " "
              + x.dtype()
              + ", weight "
              + weight.shape()
              + " "
              + weight.dtype()
              + "; needs [..., dim] and [dim] of one floating dtype");
    }
    return Autograd.apply(new RmsNorm(eps), x, weight);
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] in) {
    Tensor x = in[0].contiguous();
    if (!Kernels.supports(x, FusedKernel.RmsNorm.class)) {
      context.save(in);
      return composed(in);
    }
    Tensor y = Kernels.empty(x, x.shape());
    Tensor rstd = Kernels.empty(x, Kernels.rowShape(x));
    Kernels.backend(x)
        .run(
            new FusedKernel.RmsNorm(
                Kernels.view(x),
                Kernels.view(in[1].contiguous()),
                eps,
                Kernels.view(y),
                Kernels.view(rstd)));
    context.save(in[0], in[1], rstd);
    return y;
  }

  private Tensor composed(Tensor[] in) {
    Tensor x = in[0];
    int[] kept = x.shape().with(-1, 1).sizes();
    return x.div(x.square().mean(-1).reshape(kept).add(eps).sqrt()).mul(in[1]);
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    Tensor x = context.saved(0);
    Tensor weight = context.saved(1);
    if (context.createGraph() || !Kernels.supports(x, FusedKernel.RmsNormBackward.class)) {
      return context.composed(this::composed, dy, x, weight);
    }
    Tensor dx = Kernels.empty(x, x.shape());
    Tensor dweight = Kernels.empty(x, weight.shape());
    Kernels.backend(x)
        .run(
            new FusedKernel.RmsNormBackward(
                Kernels.view(dy.contiguous()),
                Kernels.view(x.contiguous()),
                Kernels.view(context.saved(2)),
                Kernels.view(weight.contiguous()),
                Kernels.view(dx),
                Kernels.view(dweight)));
    return context.dense(dx, dweight);
  }
}
