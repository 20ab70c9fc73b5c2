package org.espalier.reference;

import org.espalier.TensorException;
import org.espalier.spi.View;

/// Which rows belong to which sequence: sequence `s` owns the rows `[start(s), end(s))`.
final class Segments {
  /// The number of sequences.
  final int count;

  private final Cells offsets;

  /// Reads offsets, I32 `[sequences + 1]`.
  ///
  /// @param rows the rows that there are; those before the first and after the last offset belong
  ///   to no sequence
  /// @throws TensorException when the offsets are not ascending within `[0, rows]`
  Segments(View view, int rows) {
    offsets = new Cells(view);
    count = Math.max(0, offsets.count - 1);
    int before = 0;
    for (int i = 0; i < offsets.count; i++) {
      int offset = offsets.getInt(i);
      if (offset < before || offset > rows) {
        throw new TensorException(
            "offset "
                + offset
                + " at place "
                + i
                + " must lie between "
                + before
                + " (the one before) and "
                + rows
                + " (the number of rows)");
      }
      before = offset;
    }
  }

  /// Returns the first row of a sequence.
  int start(int sequence) {
    return offsets.getInt(sequence);
  }

  /// Returns the row after the last of a sequence.
  int end(int sequence) {
    return offsets.getInt(sequence + 1);
  }

  /// Returns the number of rows of a sequence.
  int length(int sequence) {
    return end(sequence) - start(sequence);
  }
}
