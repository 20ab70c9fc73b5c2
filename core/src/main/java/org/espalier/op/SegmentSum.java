package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.TensorException;

/// Sum of each run of rows of a ragged batch: `[rows, dim...] -> [segments, dim...]`, rows added in
/// ascending order. An empty segment gives 0; rows before the first and after the last offset count
/// for nothing.
public final class SegmentSum {
  private SegmentSum() {}

  /// Returns the sums of the rows `[offsets[s], offsets[s + 1])`.
  ///
  /// @param offsets I32 or I64 `[segments + 1]`, ascending within `[0, rows]`; they are read on the
  ///   host
  /// @throws TensorException when they are not
  public static Tensor apply(Tensor x, Tensor offsets) {
    return reduce("segmentSum", ScatterReduce.Kind.SUM, x, offsets);
  }

  static Tensor reduce(String name, ScatterReduce.Kind kind, Tensor x, Tensor offsets) {
    Tensor narrow = Kernels.requireIndices(name, offsets);
    if (x.rank() < 1 || offsets.size(0) < 1) {
      throw new TensorException(
          name
              + " needs [rows, dim...] and at least one offset, found "
              + x.shape()
              + " and "
              + offsets.shape());
    }
    int[] o = narrow.toIntArray();
    int segments = o.length - 1;
    int before = 0;
    for (int i = 0; i <= segments; i++) {
      if (o[i] < before || o[i] > x.size(0)) {
        throw new TensorException(
            name
                + ": offset "
                + o[i]
                + " at place "
                + i
                + " must lie between "
                + before
                + " (the one before) and "
                + x.size(0)
                + " (the number of rows)");
      }
      before = o[i];
    }
    int[] owners = new int[o[segments] - o[0]];
    for (int s = 0; s < segments; s++) {
      java.util.Arrays.fill(owners, o[s] - o[0], o[s + 1] - o[0], s);
    }
    Tensor indices = Tensor.of(owners).to(x.device());
    return ScatterReduce.apply(kind, x.slice(0, o[0], o[segments]), indices, segments);
  }
}
