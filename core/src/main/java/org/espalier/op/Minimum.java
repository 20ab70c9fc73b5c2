package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.BinaryKernel;
import org.jspecify.annotations.Nullable;

/// The smaller of each pair, NaN wins. The smaller gets the gradient; where both are equal each
/// gets half, and where one is NaN, and so the result, both get all of it, as in PyTorch.
public record Minimum() implements Op {
  /// Returns the result in the later dtype of the two and the shape both broadcast to.
  public static Tensor apply(Tensor a, Tensor b) {
    return Kernels.promoted(new Minimum(), a, b);
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    context.save(inputs);
    return Kernels.binary(this, BinaryKernel.MIN, inputs[0], inputs[1]);
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    Tensor a = context.saved(0).detach();
    Tensor b = context.saved(1).detach();
    return context.dense(
        context.wants(0)
            ? Kernels.sumTo(Compare.share(a, b, a.greater(b), dy), context.inputShape(0))
            : null,
        context.wants(1)
            ? Kernels.sumTo(Compare.share(b, a, b.greater(a), dy), context.inputShape(1))
            : null);
  }
}
