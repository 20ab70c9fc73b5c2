package org.espalier.autograd;

import org.espalier.Tensor;

/// Receives the gradients of parameters as backward finds them: the one seam for accumulation,
/// per-task gradients, Gram matrices and data parallelism.
@FunctionalInterface
public interface GradientSink {
  /// Receives one contribution; a parameter that was used several times gets several, in a fixed
  /// order. The gradient's tensors are closed when this returns: accumulate them
  /// (`Autograd.accumulate` reads them) or copy what is to stay (`Scope.outside(() ->
  /// gradient.dense().copy())`).
  void accept(Tensor parameter, Gradient gradient);
}
