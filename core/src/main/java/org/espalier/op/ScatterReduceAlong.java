package org.espalier.op;

import java.util.stream.IntStream;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;

/// Reduction by place along an axis: a copy of `x` where `y[indices[i, j], j]` is the sum, mean,
/// product, largest or smallest of all `values[i, j]` that name it, for axis 0, and so on;
/// PyTorch's `scatter_reduce`. [ScatterAlong] is the sum alone; [ScatterReduce] has one index for a
/// whole row.
///
/// Places that no index names keep what `x` holds. NaN wins among extremes; elements that tie, the
/// one of `x` among them, share the gradient equally.
public final class ScatterReduceAlong {
  private ScatterReduceAlong() {}

  /// Returns `x` reduced with values, in the later dtype of the two.
  ///
  /// @param indices I32 or I64, of the rank of `x`; beside the axis no larger than `x`. They are
  ///   read on the host
  /// @param values of the shape of `indices`
  /// @param includeSelf whether the element of `x` that a place holds is one of those reduced (of a
  ///   mean it counts as one), or is forgotten where an index names its place
  /// @throws TensorException when shapes or dtypes do not fit, or an index is not in `[0, size of
  ///   the axis)`
  public static Tensor apply(
      ScatterReduce.Kind kind,
      Tensor x,
      int axis,
      Tensor indices,
      Tensor values,
      boolean includeSelf) {
    if (kind == ScatterReduce.Kind.SUM && includeSelf) {
      return ScatterAlong.apply(x, axis, indices, values);
    }
    int[] places = places("scatterReduce", x.shape(), axis, indices, values);
    DType dtype = DType.promote(x.dtype(), values.dtype());
    Tensor own = x.to(dtype).flatten();
    Tensor others = values.to(dtype).flatten();
    Tensor to = Tensor.of(places).to(x.device());
    int n = x.elements();
    if (includeSelf) {
      Tensor each = Tensor.of(IntStream.range(0, n).toArray()).to(x.device());
      Tensor all = Concat.apply(0, own, others);
      return ScatterReduce.apply(kind, all, Concat.apply(0, each, to), n)
          .reshape(x.shape().sizes());
    }
    boolean[] named = new boolean[n];
    for (int place : places) {
      named[place] = true;
    }
    Tensor reduced = ScatterReduce.apply(kind, others, to, n);
    return Tensor.of(named, n).to(x.device()).where(reduced, own).reshape(x.shape().sizes());
  }

  /// Returns for each index the place in row-major order of the element that it names.
  static int[] places(String name, Shape shape, int axis, Tensor indices, Tensor values) {
    int along = shape.axis(axis);
    Gather.requireIndices(name, shape, along, indices, values);
    long[] index = indices.toLongArray();
    int[] places = new int[index.length];
    for (int i = 0; i < places.length; i++) {
      if (index[i] < 0 || index[i] >= shape.size(along)) {
        throw new TensorException(
            name
                + ": index "
                + index[i]
                + " at place "
                + i
                + " is outside axis "
                + along
                + " of shape "
                + shape
                + "; indices go from 0 to "
                + (shape.size(along) - 1));
      }
      int apart = 1;
      for (int a = shape.rank() - 1, rest = i; a >= 0; a--) {
        int own = rest % indices.size(a);
        places[i] += apart * (a == along ? (int) index[i] : own);
        apart *= shape.size(a);
        rest /= indices.size(a);
      }
    }
    return places;
  }
}
