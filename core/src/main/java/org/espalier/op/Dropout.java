package org.espalier.op;

import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.random.DropoutMask;
import org.espalier.spi.FusedKernel;
import org.jspecify.annotations.Nullable;

/// Dropout (Srivastava et al. 2014): zeroes each element with probability `p` and divides the
/// others by `1 - p`.
///
/// Nothing is stored for backward but the counter: the bits are a function of (seed, stream, row,
/// column), see [DropoutMask].
///
/// @param p probability of zero, in `[0, 1]`
/// @param seed seed of the bits
/// @param stream which of the seed's streams, one for each place in a model
public record Dropout(double p, long seed, int stream) implements Op {
  /// Returns `x` with elements dropped; `x` itself when `p` is 0.
  ///
  /// @throws TensorException when `p` is not a probability
  public static Tensor apply(Tensor x, double p, long seed, int stream) {
    if (!(p >= 0 && p <= 1)) {
      throw new TensorException("dropout probability " + p + " is not in [0, 1]");
    }
    return p == 0 ? x : Autograd.apply(new Dropout(p, seed, stream), x);
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    Kernels.requireFloating(this, inputs[0]);
    Kernels.requireRank(this, inputs[0], 1);
    Tensor x = inputs[0].contiguous();
    if (!Kernels.supports(x, FusedKernel.Dropout.class)) {
      return x.mul(mask(x));
    }
    Tensor y = Kernels.empty(x, x.shape());
    Kernels.backend(x)
        .run(new FusedKernel.Dropout(Kernels.view(x), p, seed, stream, Kernels.view(y)));
    return y;
  }

  private Tensor mask(Tensor x) {
    Shape shape = x.shape();
    int columns = shape.size(-1);
    int threshold = DropoutMask.threshold(p);
    double[] m = new double[shape.elements()];
    for (int i = 0; i < m.length; i++) {
      int key = DropoutMask.rowKey(seed, stream, i / columns);
      m[i] = DropoutMask.dropped(key, i % columns, threshold) ? 0 : DropoutMask.scale(threshold);
    }
    return Tensor.of(m, shape.sizes()).to(x.dtype()).to(x.device());
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    return context.dense(apply(dy, p, seed, stream));
  }
}
