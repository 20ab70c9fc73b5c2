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
public record MatrixProduct() implements Op {
  /// Returns the product in the later dtype of the two.
  ///
  /// @throws TensorException when an operand has fewer than two axes or the inner sizes differ
  public static Tensor apply(Tensor a, Tensor b) {
    DType t = DType.promote(a.dtype(), b.dtype());
    if (a.rank() < 2 || b.rank() < 2 || a.size(-1) != b.size(-2)) {
      throw new TensorException(
          "matmul of "
              + a.shape()
              + " and "
              + b.shape()
              + ": needs [..., m, k] and [..., k, n] with one k");
    }
    return Autograd.apply(new MatrixProduct(), a.to(t), b.to(t));
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
