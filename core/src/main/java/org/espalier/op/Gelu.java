package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.FusedKernel;
import org.jspecify.annotations.Nullable;

/// Gaussian error linear unit (Hendrycks, Gimpel 2016): `y = x Phi(x) = x/2 (1 + erf(x / sqrt 2))`.
///
/// @param tanh whether to use the approximation `x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))`
public record Gelu(boolean tanh) implements Op {
  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    Kernels.requireFloating(this, inputs[0]);
    context.save(inputs);
    Tensor x = inputs[0].contiguous();
    if (!Kernels.supports(x, FusedKernel.Gelu.class)) {
      return composed(inputs);
    }
    Tensor y = Kernels.empty(x, x.shape());
    Kernels.backend(x).run(new FusedKernel.Gelu(Kernels.view(x), tanh, Kernels.view(y)));
    return y;
  }

  private Tensor composed(Tensor[] in) {
    Tensor x = in[0];
    Tensor gate =
        tanh
            ? x.add(x.square().mul(x).mul(0.044715)).mul(Math.sqrt(2 / Math.PI)).tanh()
            : x.mul(Math.sqrt(0.5)).erf();
    return x.mul(0.5).mul(gate.add(1));
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    Tensor x = context.saved(0);
    if (context.createGraph() || !Kernels.supports(x, FusedKernel.GeluBackward.class)) {
      return context.composed(this::composed, dy, x);
    }
    Tensor c = x.contiguous();
    Tensor dx = Kernels.empty(x, x.shape());
    Kernels.backend(x)
        .run(
            new FusedKernel.GeluBackward(
                Kernels.view(c), Kernels.view(dy.contiguous()), tanh, Kernels.view(dx)));
    return context.dense(dx);
  }
}
