package org.espalier.op;

import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.Matmul;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// Matrix product `[..., m, k] x [..., k, n] -> [..., m, n]`; leading axes broadcast. `da = dc bᵀ`,
/// `db = aᵀ dc`.
///
/// A right operand in F16 or BF16 stays so when the product is in F32: it is converted a few
/// columns at a time while the backend packs it, and the bits are those of its values in F32.
public record MatrixProduct() implements Op {
  /// Returns the product in the later dtype of the two. A vector on the left counts as a row, one
  /// on the right as a column, and the result lacks that axis: `[k] x [k]` is a scalar.
  ///
  /// @throws TensorException when an operand has no axis or the inner sizes differ
  public static Tensor apply(Tensor a, Tensor b) {
    DType t = DType.promote(a.dtype(), b.dtype());
    if (a.rank() < 1 || b.rank() < 1 || a.size(-1) != b.size(b.rank() == 1 ? 0 : -2)) {
      throw new TensorException(
          "matmul of "
              + a.shape()
              + " and "
              + b.shape()
              + ": needs [..., m, k] and [..., k, n], or vectors [k], with one k");
    }
    if (a.rank() == 1) {
      return apply(a.unsqueeze(0), b).squeeze(b.rank() == 1 ? 0 : -2);
    }
    if (b.rank() == 1) {
      return apply(a, b.unsqueeze(1)).squeeze(-1);
    }
    boolean keeps = t == DType.F32 && b.dtype().isHalf();
    return Autograd.apply(new MatrixProduct(), a.to(t), keeps ? b : b.to(t));
  }

  @Override
  public boolean keepsHalf(int input) {
    return input == 1;
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    Tensor a = inputs[0];
    Tensor b = inputs[1];
    context.save(a, b);
    Shape batch = batch(a, b);
    View x = Kernels.view(a);
    View y = Kernels.view(b);
    Tensor c = Kernels.empty(a, matrix(batch, a.size(-2), b.size(-1)));
    Kernels.backend(a)
        .matmul(
            new Matmul(
                x.with(x.layout().expand(matrix(batch, a.size(-2), a.size(-1)))),
                y.with(y.layout().expand(matrix(batch, b.size(-2), b.size(-1)))),
                null,
                Kernels.view(c),
                false));
    return c;
  }

  private static Shape batch(Tensor a, Tensor b) {
    try {
      return lead(a).broadcast(lead(b));
    } catch (TensorException e) {
      throw new TensorException(
          "matmul of "
              + a.shape()
              + " and "
              + b.shape()
              + ": in the leading axes, "
              + e.getMessage(),
          e);
    }
  }

  private static Shape lead(Tensor t) {
    return t.shape().without(-1).without(-1);
  }

  private static Shape matrix(Shape batch, int rows, int columns) {
    int[] s = java.util.Arrays.copyOf(batch.sizes(), batch.rank() + 2);
    s[batch.rank()] = rows;
    s[batch.rank() + 1] = columns;
    return Shape.of(s);
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    return context.dense(
        context.wants(0)
            ? Kernels.sumTo(dy.matmul(context.saved(1).transpose()), context.inputShape(0))
            : null,
        context.wants(1)
            ? Kernels.sumTo(context.saved(0).transpose().matmul(dy), context.inputShape(1))
            : null);
  }
}
