package org.espalier.op;

import org.espalier.DType;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.jspecify.annotations.Nullable;

/// Binary cross-entropy of logits, one loss for each element: `-t log s(x) - (1 - t) log(1 - s(x))`
/// with the logistic function `s`, as `max(x, 0) - x t + log(1 + exp(-|x|))`, which overflows
/// nowhere; `dx = dy (s(x) - t)`, `dt = -dy x`.
///
/// Of probabilities: [ProbabilityCrossEntropy].
public record BinaryCrossEntropy() implements Op {
  /// Returns the losses of logits against targets in `[0, 1]` of the same shape.
  ///
  /// @throws TensorException when shapes differ or dtypes are not floating
  public static Tensor apply(Tensor logits, Tensor targets) {
    DType dtype = checked("binaryCrossEntropy", logits, targets);
    return Autograd.apply(new BinaryCrossEntropy(), logits.to(dtype), targets.to(dtype));
  }

  static DType checked(String name, Tensor x, Tensor targets) {
    if (!x.shape().equals(targets.shape())
        || !x.dtype().isFloating()
        || !targets.dtype().isFloating()) {
      throw new TensorException(
          name
              + ": "
              + x.shape()
              + " "
              + x.dtype()
              + " and targets "
              + targets.shape()
              + " "
              + targets.dtype()
              + "; needs one shape and floating dtypes");
    }
    return DType.promote(x.dtype(), targets.dtype());
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] in) {
    context.save(in);
    Tensor x = in[0];
    return x.relu().sub(x.mul(in[1])).add(x.abs().neg().exp().log1p());
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    Tensor x = context.saved(0);
    return context.dense(
        context.wants(0) ? dy.mul(x.sigmoid().sub(context.saved(1))) : null,
        context.wants(1) ? dy.mul(x).neg() : null);
  }
}
