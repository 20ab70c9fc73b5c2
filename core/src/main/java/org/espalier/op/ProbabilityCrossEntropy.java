package org.espalier.op;

import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.jspecify.annotations.Nullable;

/// Binary cross-entropy of probabilities, one loss for each element: `-t log p - (1 - t) log(1 -
/// p)`, `dp = dy (p - t) / (p (1 - p))`.
///
/// As in PyTorch, no logarithm is below -100 and no gradient divides by less than 1e-12. Close to 0
/// and 1 probabilities have lost what logits keep: prefer [BinaryCrossEntropy].
public record ProbabilityCrossEntropy() implements Op {
  private static final double LEAST_LOG = -100;
  private static final double LEAST_VARIANCE = 1e-12;

  /// Returns the losses of probabilities against targets in `[0, 1]` of the same shape.
  ///
  /// @throws org.espalier.TensorException when shapes differ or dtypes are not floating
  public static Tensor apply(Tensor probabilities, Tensor targets) {
    DType dtype =
        BinaryCrossEntropy.checked("binaryCrossEntropy of probabilities", probabilities, targets);
    return Autograd.apply(
        new ProbabilityCrossEntropy(), probabilities.to(dtype), targets.to(dtype));
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] in) {
    context.save(in);
    Tensor p = in[0];
    Tensor t = in[1];
    return t.mul(log(p)).add(complement(t).mul(log(complement(p)))).neg();
  }

  private static Tensor complement(Tensor p) {
    return p.neg().add(1);
  }

  private static Tensor log(Tensor p) {
    return p.log().maximum(Tensor.full(p.dtype(), p.device(), Shape.SCALAR, LEAST_LOG));
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    Tensor p = context.saved(0);
    Tensor t = context.saved(1);
    Tensor least = Tensor.full(p.dtype(), p.device(), Shape.SCALAR, LEAST_VARIANCE);
    return context.dense(
        context.wants(0) ? dy.mul(p.sub(t)).div(p.mul(complement(p)).maximum(least)) : null,
        context.wants(1) ? dy.mul(log(complement(p)).sub(log(p))) : null);
  }
}
