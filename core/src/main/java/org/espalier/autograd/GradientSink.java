package org.espalier.autograd;

import org.espalier.Tensor;

/// Receives the gradients of parameters as backward finds them: the one seam for accumulation,
/// per-task gradients, Gram matrices and data parallelism.
@FunctionalInterface
public interface GradientSink {
  /// Receives one contribution; a parameter that was used several times gets several, in a fixed
  /// order. The gradient's tensors are closed when this returns, except those passed to
  /// `Autograd.accumulate` or kept by a scope.
  void accept(Tensor parameter, Gradient gradient);
}
