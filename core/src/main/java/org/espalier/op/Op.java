package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.jspecify.annotations.Nullable;

/// A differentiable function of tensors: forward and backward side by side.
///
/// An op is a record of its settings. `forward` calls kernels and says what backward needs;
/// `backward` is written in tensor operations, so that it can be differentiated again, or in a
/// fused kernel when nobody will ([BackwardContext#createGraph] is false). One output each; run one
/// with `Autograd.apply(op, inputs)`.
public interface Op {
  /// Returns the name that errors and profiles show.
  default String name() {
    return getClass().getSimpleName();
  }

  /// Tells whether the op only moves values: its inputs may then be F16 or BF16, which are
  /// otherwise converted to F32 before it sees them.
  default boolean movesOnly() {
    return false;
  }

  /// Tells whether input `i` may be F16 or BF16; elsewhere `forward` is given an F32 copy. An op
  /// that reads a weight in pieces says so of that input.
  ///
  /// @param input its place among the inputs
  default boolean keepsHalf(int input) {
    return movesOnly();
  }

  /// Computes the output. Runs with recording off.
  Tensor forward(ForwardContext context, Tensor[] inputs);

  /// Returns the gradient of each input; null where [BackwardContext#wants] is false or no gradient
  /// exists.
  ///
  /// @param dy gradient of the output, of its shape
  @Nullable Gradient[] backward(BackwardContext context, Tensor dy);
}
