package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// Tensors one after another along an axis; each gets its slice of the gradient.
///
/// @param axis counted from the front
public record Concat(int axis) implements Op {
  /// Returns the tensors one after another along `axis`; all other sizes and the dtype are equal.
  ///
  /// @throws TensorException when there is none, or they do not fit
  public static Tensor apply(int axis, Tensor... parts) {
    if (parts.length == 0) {
      throw new TensorException("concat needs at least one tensor");
    }
    int a = parts[0].shape().axis(axis);
    for (Tensor p : parts) {
      if (p.rank() != parts[0].rank()
          || p.dtype() != parts[0].dtype()
          || !p.shape().with(a, 0).equals(parts[0].shape().with(a, 0))) {
        throw new TensorException(
            "concat along axis "
                + a
                + ": "
                + parts[0].shape()
                + " "
                + parts[0].dtype()
                + " and "
                + p.shape()
                + " "
                + p.dtype()
                + " do not fit; all other axes and the dtype must be equal");
      }
    }
    return Autograd.apply(new Concat(a), parts);
  }

  @Override
  public boolean movesOnly() {
    return true;
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] parts) {
    int total = 0;
    for (Tensor p : parts) {
      total += p.size(axis);
    }
    Tensor y = Kernels.empty(parts[0], parts[0].shape().with(axis, total));
    View out = Kernels.view(y);
    int at = 0;
    for (Tensor p : parts) {
      Kernels.backend(y)
          .copy(Kernels.view(p), out.with(out.layout().slice(axis, at, at + p.size(axis))));
      at += p.size(axis);
    }
    return y;
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    @Nullable Tensor[] out = new @Nullable Tensor[context.inputCount()];
    int at = 0;
    for (int i = 0; i < out.length; i++) {
      int n = context.inputShape(i).size(axis);
      out[i] = context.wants(i) ? dy.slice(axis, at, at + n) : null;
      at += n;
    }
    return context.dense(out);
  }
}
