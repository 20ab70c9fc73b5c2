package org.espalier.op;

import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.FusedKernel;
import org.jspecify.annotations.Nullable;

/// Mean of each run of rows: pooling of a ragged batch, `[rows, dim] -> [segments, dim]`. An empty
/// segment gives 0.
public record SegmentMean() implements Op {
  /// Returns the means of the rows `[offsets[s], offsets[s + 1])`.
  ///
  /// @param offsets I32 or I64 `[segments + 1]`, ascending from 0 to the number of rows
  public static Tensor apply(Tensor x, Tensor offsets) {
    Op op = new SegmentMean();
    Tensor narrow = Kernels.requireIndices(op, offsets);
    Kernels.requireFloating(op, x);
    if (x.rank() != 2 || offsets.size(0) < 1) {
      throw new TensorException(
          "segmentMean needs [rows, dim] and at least one offset, found "
              + x.shape()
              + " and "
              + offsets.shape());
    }
    return Autograd.apply(op, x, narrow);
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] in) {
    context.save(in[1]);
    Tensor x = in[0].contiguous();
    Tensor offsets = in[1].contiguous();
    Shape shape = Shape.of(offsets.size(0) - 1, x.size(1));
    if (!Kernels.supports(x, FusedKernel.SegmentMean.class)) {
      return averaging(offsets, x).matmul(x);
    }
    Tensor y = Kernels.empty(x, shape);
    Kernels.backend(x)
        .run(new FusedKernel.SegmentMean(Kernels.view(x), Kernels.view(offsets), Kernels.view(y)));
    return y;
  }

  /// Returns the matrix `[segments, rows]` that averages.
  private static Tensor averaging(Tensor offsets, Tensor like) {
    return averaging(offsets, like, like.size(0));
  }

  private static Tensor averaging(Tensor offsets, Tensor like, int rows) {
    int[] o = offsets.toIntArray();
    double[] m = new double[(o.length - 1) * rows];
    for (int s = 0; s + 1 < o.length; s++) {
      for (int i = o[s]; i < o[s + 1]; i++) {
        m[s * rows + i] = 1.0 / (o[s + 1] - o[s]);
      }
    }
    return Tensor.of(m, o.length - 1, rows).to(like.dtype()).to(like.device());
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    Tensor offsets = context.saved(0).contiguous();
    Shape shape = context.inputShape(0);
    if (context.createGraph() || !Kernels.supports(dy, FusedKernel.SegmentMeanBackward.class)) {
      return context.dense(averaging(offsets, dy, shape.size(0)).transpose().matmul(dy), null);
    }
    Tensor dx = Kernels.empty(dy, shape);
    Kernels.backend(dy)
        .run(
            new FusedKernel.SegmentMeanBackward(
                Kernels.view(dy.contiguous()), Kernels.view(offsets), Kernels.view(dx)));
    return context.dense(dx, null);
  }
}
