package org.espalier.op;

import org.espalier.Tensor;

/// Largest of each run of rows of a ragged batch, for each column: `[rows, dim...] -> [segments,
/// dim...]`. NaN wins; elements that tie share the gradient equally. An empty segment gives 0, as
/// it does for [SegmentMean]; rows before the first and after the last offset count for nothing.
public final class SegmentMax {
  private SegmentMax() {}

  /// Returns the largest of the rows `[offsets[s], offsets[s + 1])`.
  ///
  /// @param offsets I32 or I64 `[segments + 1]`, ascending within `[0, rows]`; they are read on the
  ///   host
  /// @throws org.espalier.TensorException when they are not
  public static Tensor apply(Tensor x, Tensor offsets) {
    return SegmentSum.reduce("segmentMax", ScatterReduce.Kind.MAX, x, offsets);
  }
}
