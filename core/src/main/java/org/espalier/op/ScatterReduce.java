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
/// indices[i] == r`; sums are [IndexAdd], means a composition.
///
/// A row that no index names is 0 (1 for products). NaN wins among extremes; elements that tie
/// share the gradient equally, and so do those that are NaN. The gradient of a factor is the
/// product of the others, whatever they are, to any order.
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

  /// Returns `[rows, dim...]` from values `[n, dim...]` and I32 or I64 indices `[n]`.
  ///
  /// @throws TensorException when shapes or dtypes do not fit, or an index is not in `[0, rows)`
  public static Tensor apply(Kind kind, Tensor values, Tensor indices, int rows) {
    return switch (kind) {
      case SUM -> IndexAdd.apply(values, checked(ReduceKernel.SUM, values, indices, rows), rows);
      case MEAN -> mean(values, indices, rows);
      case PROD -> run(ReduceKernel.PROD, values, indices, rows);
      case MAX -> run(ReduceKernel.MAX, values, indices, rows);
      case MIN -> run(ReduceKernel.MIN, values, indices, rows);
    };
  }

  private static Tensor run(ReduceKernel kernel, Tensor values, Tensor indices, int rows) {
    Tensor narrow = checked(kernel, values, indices, rows);
    return Autograd.apply(new ScatterReduce(kernel, rows), values, narrow);
  }

  private static Tensor checked(ReduceKernel kernel, Tensor values, Tensor indices, int rows) {
    Op op = new ScatterReduce(kernel, rows);
    Tensor narrow = Kernels.requireIndexEach(op, values, indices);
    if (values.dtype() == DType.BOOL) {
      throw new TensorException(op.name() + " of BOOL: cast with to(DType.I32)");
    }
    return narrow;
  }

  private static Tensor mean(Tensor values, Tensor indices, int rows) {
    Kernels.requireFloating(new ScatterReduce(ReduceKernel.SUM, rows), values);
    Tensor sum = apply(Kind.SUM, values, indices, rows);
    Tensor one = Tensor.full(sum.dtype(), sum.device(), Shape.SCALAR, 1);
    Tensor counts = IndexAdd.apply(one.expand(indices.shape()), indices, rows).maximum(one);
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
      int[] to = indices.toIntArray();
      return context.composed(in -> tree(in[0], to), dy, values, indices);
    }
    Tensor wins = Compare.wins(values, context.saved(2).detach().rows(indices));
    Tensor ties = IndexAdd.apply(Compare.ones(wins, dy), indices, rows).rows(indices);
    return context.dense(wins.where(ties.reciprocal().mul(dy.rows(indices)), 0), null);
  }

  /// Returns the products as pairs of neighbours with one destination that are multiplied until
  /// each destination has one factor, as [Prod] does: no division, so its gradient is right for any
  /// number of zeros, in the whole range, and to any order.
  private Tensor tree(Tensor values, int[] to) {
    int[] counts = new int[rows];
    for (int r : to) {
      counts[r]++;
    }
    Tensor one = Tensor.full(values.dtype(), values.device(), values.shape().with(0, 1), 1);
    Tensor level = rows(values, byDestination(to, counts));
    while (Arrays.stream(counts).anyMatch(n -> n > 1)) {
      int pairs = Arrays.stream(counts).map(n -> (n + 1) / 2).sum();
      int[] first = new int[pairs];
      int[] second = new int[pairs];
      int at = 0;
      int next = 0;
      for (int r = 0; r < rows; r++) {
        for (int i = 0; i < counts[r]; i += 2) {
          first[next] = at + i;
          second[next++] = i + 1 < counts[r] ? at + i + 1 : level.size(0);
        }
        at += counts[r];
        counts[r] = (counts[r] + 1) / 2;
      }
      level = rows(level, first).mul(rows(Concat.apply(0, level, one), second));
    }
    int[] factor = new int[rows];
    int at = 0;
    for (int r = 0; r < rows; r++) {
      factor[r] = counts[r] > 0 ? at++ : level.size(0);
    }
    return rows(Concat.apply(0, level, one), factor);
  }

  /// Returns the places of the values, those of one destination side by side.
  private static int[] byDestination(int[] to, int[] counts) {
    int[] next = new int[counts.length];
    for (int r = 1; r < next.length; r++) {
      next[r] = next[r - 1] + counts[r - 1];
    }
    int[] places = new int[to.length];
    for (int i = 0; i < to.length; i++) {
      places[next[to[i]]++] = i;
    }
    return places;
  }

  private static Tensor rows(Tensor x, int[] places) {
    return x.rows(Tensor.of(places).to(x.device()));
  }
}
