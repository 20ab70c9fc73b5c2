package org.espalier.op;

import java.util.Arrays;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.ReduceKernel;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// Reduction of rows by destination: `y[r] = product, largest or smallest of the values[i] where
/// indices[i] == r`; sums are [ScatterAdd], means a composition.
///
/// A row that no index names is 0 (1 for products). NaN wins among extremes, and elements that tie
/// share the gradient equally. The gradient of a product is that of the other factors, also where
/// some are 0: it is right to the second order.
///
/// @param kernel PROD, MAX or MIN
/// @param rows number of rows of the output
public record ScatterReduce(ReduceKernel kernel, int rows) implements Op {
  /// Ways to reduce.
  public enum Kind {
    /// The sum; 0 of nothing.
    SUM,
    /// The mean, for floating dtypes; 0 of nothing.
    MEAN,
    /// The product; 1 of nothing.
    PROD,
    /// The largest; 0 of nothing.
    MAX,
    /// The smallest; 0 of nothing.
    MIN
  }

  /// Returns `[rows, dim...]` from values `[n, dim...]` and I32 indices `[n]`.
  ///
  /// @throws TensorException when shapes or dtypes do not fit, or an index is not in `[0, rows)`
  public static Tensor apply(Kind kind, Tensor values, Tensor indices, int rows) {
    return switch (kind) {
      case SUM -> ScatterAdd.apply(checked(ReduceKernel.SUM, values, indices, rows), indices, rows);
      case MEAN -> mean(values, indices, rows);
      case PROD -> run(ReduceKernel.PROD, values, indices, rows);
      case MAX -> run(ReduceKernel.MAX, values, indices, rows);
      case MIN -> run(ReduceKernel.MIN, values, indices, rows);
    };
  }

  private static Tensor run(ReduceKernel kernel, Tensor values, Tensor indices, int rows) {
    checked(kernel, values, indices, rows);
    return Autograd.apply(new ScatterReduce(kernel, rows), values, indices);
  }

  private static Tensor checked(ReduceKernel kernel, Tensor values, Tensor indices, int rows) {
    Op op = new ScatterReduce(kernel, rows);
    Kernels.requireIndices(op, indices);
    Kernels.requireRank(op, values, 1);
    if (values.size(0) != indices.size(0)) {
      throw new TensorException(
          op.name()
              + ": "
              + values.shape()
              + " values need one index each, found "
              + indices.shape());
    }
    if (values.dtype() == DType.BOOL) {
      throw new TensorException(op.name() + " of BOOL: cast with to(DType.I32)");
    }
    return values;
  }

  private static Tensor mean(Tensor values, Tensor indices, int rows) {
    Kernels.requireFloating(new ScatterReduce(ReduceKernel.SUM, rows), values);
    Tensor sum = apply(Kind.SUM, values, indices, rows);
    Tensor one = Tensor.full(sum.dtype(), sum.device(), Shape.SCALAR, 1);
    Tensor counts = ScatterAdd.apply(one.expand(indices.shape()), indices, rows).maximum(one);
    return sum.div(counts.reshape(column(rows, values.rank())));
  }

  /// Returns the sizes `[n, 1, ..., 1]`.
  private static int[] column(int n, int rank) {
    int[] sizes = new int[rank];
    Arrays.fill(sizes, 1);
    sizes[0] = n;
    return sizes;
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] in) {
    Tensor values = in[0];
    double nothing = kernel == ReduceKernel.PROD ? 1 : 0;
    Shape shape = values.shape().with(0, rows);
    Tensor y = Tensor.full(values.dtype(), values.device(), shape, nothing);
    Tensor lanes = in[1].reshape(column(in[1].size(0), values.rank())).expand(values.shape());
    View view = Kernels.view(lanes);
    Kernels.backend(y).scatterAlong(kernel, Kernels.view(values), 0, view, Kernels.view(y));
    context.save(values, in[1], y);
    return y;
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    Tensor values = context.saved(0);
    Tensor indices = context.saved(1);
    if (kernel == ReduceKernel.PROD) {
      return context.dense(others(values, indices).mul(dy.rows(indices)), null);
    }
    Tensor is = Compare.equal(values, context.saved(2).detach().rows(indices));
    Tensor ties = ScatterAdd.apply(is, indices, rows).rows(indices);
    return context.dense(is.div(ties).mul(dy.rows(indices)), null);
  }

  /// Returns for each value the product of the others of its row: of those that are not 0, the
  /// whole over the value; of those that are, nothing when there is none, the only one's own value,
  /// or 0.
  private Tensor others(Tensor values, Tensor indices) {
    Tensor zero = Tensor.full(values.dtype(), values.device(), Shape.SCALAR, 0);
    Tensor one = Tensor.full(values.dtype(), values.device(), Shape.SCALAR, 1);
    Tensor isZero = values.detach().equalTo(zero);
    Tensor filled = isZero.where(one, values);
    Tensor rest = apply(Kind.PROD, filled, indices, rows).rows(indices).div(filled);
    Tensor zeros = isZero.where(values, zero);
    Tensor otherZeros = sumOfOthers(zeros, indices);
    Tensor count = sumOfOthers(isZero.where(one, zero), indices);
    Tensor ofZeros = count.equalTo(zero).where(one, count.equalTo(one).where(otherZeros, zero));
    return rest.mul(ofZeros);
  }

  private Tensor sumOfOthers(Tensor values, Tensor indices) {
    return ScatterAdd.apply(values, indices, rows).rows(indices).sub(values);
  }
}
