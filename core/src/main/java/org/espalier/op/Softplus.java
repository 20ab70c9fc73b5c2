package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.jspecify.annotations.Nullable;

/// Smooth rectifier (Dugas et al. 2001): `y = log(1 + e^(beta x)) / beta`, `dx = dy s(beta x)` with
/// `s(t) = 1 / (1 + e^-t)`; where `beta x > threshold`, `y = x`.
///
/// Computed as `max(t, 0) + log1p(e^-|t|)`, `t = beta x`, which neither overflows nor loses digits,
/// whatever the threshold; the threshold is there for parity with PyTorch.
///
/// @param beta sharpness of the bend, not 0
/// @param threshold from which on it is the identity
public record Softplus(double beta, double threshold) implements Op {
  /// Checks the settings.
  ///
  /// @throws TensorException when `beta` is 0 or not finite
  public Softplus {
    if (beta == 0 || !Double.isFinite(beta)) {
      throw new TensorException("softplus: beta is " + beta + ", expected a finite number but 0");
    }
  }

  /// Returns the smooth rectifier of each element.
  ///
  /// @throws TensorException for dtypes that are not floating
  public static Tensor apply(Tensor x, double beta, double threshold) {
    return Autograd.apply(new Softplus(beta, threshold), x);
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    Kernels.requireFloating(this, inputs[0]);
    context.save(inputs);
    Tensor x = inputs[0];
    Tensor t = scaled(x);
    Tensor y = t.relu().add(t.abs().neg().exp().log1p());
    return t.greater(threshold).where(x, beta == 1 ? y : y.div(beta));
  }

  private Tensor scaled(Tensor x) {
    return beta == 1 ? x : x.mul(beta);
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    Tensor t = scaled(context.saved(0));
    return context.dense(t.detach().greater(threshold).where(dy, dy.mul(t.sigmoid())));
  }
}
