package org.espalier.op;

import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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
/// Where all leading sizes of `b` are 1, the matrices of `a` are one tall matrix and this is one
/// product, forward and backward: the gradient of `b` is not made for each matrix and then added
/// up. Where the leading axes differ otherwise, each operand is read where it lies, and the inner
/// sum of a gradient runs over the axes that its operand lacks.
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
    Shape batch = batch(a, b);
    boolean keeps = t == DType.F32 && b.dtype().isHalf();
    Tensor right = keeps ? b : b.to(t);
    int k = a.size(-1);
    if (batch.rank() == 0 || Arrays.stream(lead(b).sizes()).anyMatch(n -> n != 1)) {
      return Autograd.apply(new MatrixProduct(), a.to(t), right);
    }
    int[] sizes = matrix(batch, a.size(-2), b.size(-1)).sizes();
    int rows = Math.multiplyExact(batch.elements(), a.size(-2));
    Tensor c =
        Autograd.apply(new MatrixProduct(), a.to(t).reshape(rows, k), right.reshape(k, b.size(-1)));
    return c.reshape(sizes);
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
    Tensor c = Kernels.empty(a, matrix(batch, a.size(-2), b.size(-1)));
    Kernels.backend(a)
        .matmul(
            new Matmul(
                aligned(a, batch.rank()), aligned(b, batch.rank()), null, Kernels.view(c), false));
    return c;
  }

  /// Returns a view with as many leading axes as the batch has, those in front of size 1.
  private static View aligned(Tensor t, int axes) {
    View view = Kernels.view(t);
    return t.rank() == axes + 2
        ? view
        : view.with(view.layout().expand(Shape.of(aligned(t.shape(), axes))));
  }

  private static int[] aligned(Shape shape, int axes) {
    int[] sizes = new int[axes + 2];
    Arrays.fill(sizes, 1);
    System.arraycopy(shape.sizes(), 0, sizes, sizes.length - shape.rank(), shape.rank());
    return sizes;
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
    int[] s = Arrays.copyOf(batch.sizes(), batch.rank() + 2);
    s[batch.rank()] = rows;
    s[batch.rank() + 1] = columns;
    return Shape.of(s);
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    return context.dense(
        context.wants(0) ? left(dy, context.saved(1), context.inputShape(0)) : null,
        context.wants(1) ? right(dy, context.saved(0), context.inputShape(1)) : null);
  }

  private static Tensor right(Tensor dy, Tensor a, Shape shape) {
    if (lead(dy).equals(shape.without(-1).without(-1))) {
      return a.transpose().matmul(dy);
    }
    int[] sizes = shape.sizes();
    int n = sizes[sizes.length - 1];
    sizes[sizes.length - 1] = sizes[sizes.length - 2];
    sizes[sizes.length - 2] = n;
    return left(dy.transpose(), a.transpose(), Shape.of(sizes)).transpose();
  }

  /// Returns the gradient of the left operand: `dy bᵀ`, summed over the leading axes where it was
  /// repeated. Those become part of the inner size: `[rest, m, (repeated, n)] x [rest, (repeated,
  /// n), k]`.
  private static Tensor left(Tensor dy, Tensor b, Shape shape) {
    int axes = dy.rank() - 2;
    int[] own = aligned(shape, axes);
    int[] rest = IntStream.range(0, axes).filter(i -> own[i] == dy.size(i)).toArray();
    if (rest.length == axes) {
      Tensor all = dy.matmul(b.transpose());
      return all.rank() == shape.rank() ? all : all.reshape(shape.sizes());
    }
    // Where this operand was repeated, the other has the size of the product.
    int[] repeated = IntStream.range(0, axes).filter(i -> own[i] != dy.size(i)).toArray();
    Tensor other = b.reshape(aligned(b.shape(), axes));
    int inner = dy.size(-1);
    for (int axis : repeated) {
      inner = Math.multiplyExact(inner, dy.size(axis));
    }
    int[] sizes = Arrays.copyOf(rest, rest.length + 2);
    Arrays.setAll(sizes, i -> i < rest.length ? dy.size(rest[i]) : 0);
    sizes[rest.length] = dy.size(-2);
    sizes[rest.length + 1] = inner;
    Tensor x = dy.permute(order(rest, new int[] {axes}, repeated, axes + 1)).reshape(sizes);
    Arrays.setAll(sizes, i -> i < rest.length ? other.size(rest[i]) : 0);
    sizes[rest.length] = inner;
    sizes[rest.length + 1] = other.size(-2);
    Tensor y = other.permute(order(rest, repeated, new int[] {axes + 1}, axes)).reshape(sizes);
    return x.matmul(y).reshape(shape.sizes());
  }

  private static int[] order(int[] first, int[] second, int[] third, int last) {
    return Stream.of(first, second, third, new int[] {last}).flatMapToInt(Arrays::stream).toArray();
  }
}
