package org.espalier.cpu;

import org.espalier.spi.View;

/// What a reduction does with each axis: reduced, kept outside (before the last reduced one) or
/// kept inside (after it). Axes of size 1 count for nothing.
///
/// Which axis is where is a matter of shapes alone, so that what is defined on it does not depend
/// on how the elements lie in memory.
final class Reduction {
  final Axes reduced;
  final Axes outside;
  final Axes inside;

  /// Whether the last axis is not reduced, however long it is.
  final boolean keepsInnermost;

  final int offset;
  final int outOffset;

  /// Compares two views of one rank.
  Reduction(View in, View out) {
    int rank = in.shape().rank();
    int last = -1;
    for (int axis = 0; axis < rank; axis++) {
      last = in.shape().size(axis) != out.shape().size(axis) ? axis : last;
    }
    keepsInnermost = last >= 0 && last < rank - 1;
    reduced = new Axes(rank);
    outside = new Axes(rank);
    inside = new Axes(rank);
    offset = in.offset();
    outOffset = out.offset();
    for (int axis = 0; axis < rank; axis++) {
      int size = in.shape().size(axis);
      if (size != out.shape().size(axis)) {
        reduced.add(size, in.layout().stride(axis), 0);
      } else if (size != 1) {
        (axis < last ? outside : inside)
            .add(size, in.layout().stride(axis), out.layout().stride(axis));
      }
    }
  }

  /// Returns the number of results.
  int results() {
    return outside.count() * inside.count();
  }

  /// Returns where the first element of result `i` lies.
  int at(int i) {
    return offset + outside.at(i / inside.count()) + inside.at(i % inside.count());
  }

  /// Returns where result `i` goes.
  int outAt(int i) {
    return outOffset + outside.outAt(i / inside.count()) + inside.outAt(i % inside.count());
  }
}
