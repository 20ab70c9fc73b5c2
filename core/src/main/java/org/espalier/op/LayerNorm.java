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

/// Layer normalisation along the last axis (Ba, Kiros, Hinton 2016): `y = (x - mean) /
/// sqrt(variance + eps) * weight + bias`, with the variance of the population (divided by the
/// count).
///
/// @param eps added to the variance
public record LayerNorm(double eps) implements Op {
  /// Returns the normalised `x`; weight and bias are `[dim]`.
  ///
  /// @throws TensorException when shapes or dtypes do not fit
  public static Tensor apply(Tensor x, Tensor weight, Tensor bias, double eps) {
    boolean fits =
        x.rank() >= 1
            && weight.shape().equals(Shape.of(x.size(-1)))
            && bias.shape().equals(weight.shape())
            && x.dtype().isFloating()
            && weight.dtype() == x.dtype()
            && bias.dtype() == x.dtype();
    if (!fits) {
      throw new TensorException(
          "layerNorm: input "
              + x.shape()
              + " "
              + x.dtype()
              + ", weight "
              + weight.shape()
              + ", bias "
              + bias.shape()
              + "; needs [..., dim], [dim], [dim] of one floating dtype");
    }
    return Autograd.apply(new LayerNorm(eps), x, weight, bias);
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] in) {
    Tensor x = in[0].contiguous();
    if (!Kernels.supports(x, FusedKernel.LayerNorm.class)) {
      context.save(in);
      return composed(in);
    }
    Tensor y = Kernels.empty(x, x.shape());
    Tensor mean = Kernels.empty(x, Kernels.rowShape(x));
    Tensor rstd = Kernels.empty(x, Kernels.rowShape(x));
    Kernels.backend(x)
        .run(
            new FusedKernel.LayerNorm(
                Kernels.view(x),
                Kernels.view(in[1].contiguous()),
                Kernels.view(in[2].contiguous()),
                eps,
                Kernels.view(y),
                Kernels.view(mean),
                Kernels.view(rstd)));
    context.save(in[0], in[1], in[2], mean, rstd);
    return y;
  }

  private Tensor composed(Tensor[] in) {
    Tensor x = in[0];
    int[] kept = x.shape().with(-1, 1).sizes();
    Tensor centred = x.sub(x.mean(-1).reshape(kept));
    Tensor deviation = centred.square().mean(-1).reshape(kept).add(eps).sqrt();
    return centred.div(deviation).mul(in[1]).add(in[2]);
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    Tensor x = context.saved(0);
    Tensor weight = context.saved(1);
    if (context.createGraph() || !Kernels.supports(x, FusedKernel.LayerNormBackward.class)) {
      return context.composed(this::composed, dy, x, weight, context.saved(2));
    }
    Tensor dx = Kernels.empty(x, x.shape());
    Tensor dweight = Kernels.empty(x, weight.shape());
    Tensor dbias = Kernels.empty(x, weight.shape());
    Kernels.backend(x)
        .run(
            new FusedKernel.LayerNormBackward(
                Kernels.view(dy.contiguous()),
                Kernels.view(x.contiguous()),
                Kernels.view(context.saved(3)),
                Kernels.view(context.saved(4)),
                Kernels.view(weight.contiguous()),
                Kernels.view(dx),
                Kernels.view(dweight),
                Kernels.view(dbias)));
    return context.dense(dx, dweight, dbias);
  }
}
