package org.espalier.op;

import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.jspecify.annotations.Nullable;

/// Choice of elements along an axis: `y[i, j] = x[indices[i, j], j]` for axis 0, `x[i, indices[i,
/// j]]` for axis 1, and so on. The gradient adds back to where each element came from.
///
/// @param axis counted from the front
public record Gather(int axis) implements Op {
  /// Returns a tensor of the shape of `indices`.
  ///
  /// @param indices I32 or I64, of the rank of `x`; beside the axis no larger than `x`, and where
  ///   smaller the rest of `x` is not looked at
  /// @throws TensorException when shapes or dtypes do not fit, or an index is not in `[0, size of
  ///   the axis)`
  public static Tensor apply(Tensor x, int axis, Tensor indices) {
    Op op = new Gather(x.shape().axis(axis));
    requireIndices(op.name(), x.shape(), x.shape().axis(axis), indices);
    return Autograd.apply(op, x, indices);
  }

  /// Checks indices along an axis of a shape, and that each has one value.
  static void requireIndices(String name, Shape shape, int axis, Tensor indices, Tensor values) {
    requireIndices(name, shape, axis, indices);
    if (!values.shape().equals(indices.shape())) {
      throw new TensorException(
          name
              + ": values "
              + values.shape()
              + " need one index each, found "
              + indices.shape()
              + "; slice the longer or expand the shorter");
    }
  }

  private static void requireIndices(String name, Shape shape, int axis, Tensor indices) {
    boolean fits = Kernels.areIndices(indices) && indices.rank() == shape.rank();
    for (int a = 0; fits && a < shape.rank(); a++) {
      fits = a == axis || indices.size(a) <= shape.size(a);
    }
    if (!fits) {
      throw new TensorException(
          name
              + " along axis "
              + axis
              + " of "
              + shape
              + ": indices "
              + indices.shape()
              + " "
              + indices.dtype()
              + " do not fit; needs I32 or I64 of the same rank, no larger beside the axis");
    }
  }

  @Override
  public boolean movesOnly() {
    return true;
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] in) {
    context.save(in[1]);
    Tensor y = Kernels.empty(in[0], in[1].shape());
    Kernels.backend(y).gatherAlong(Kernels.view(in[0]), axis, Kernels.view(in[1]), Kernels.view(y));
    return y;
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    Tensor zeros = Tensor.zeros(dy.dtype(), dy.device(), context.inputShape(0));
    return context.dense(ScatterAlong.apply(zeros, axis, context.saved(0), dy), null);
  }
}
