package org.espalier.graph;

import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.spi.Recording;

/// What a step is fed in one place, the same in all runs of a key.
record Feed(DType dtype, Shape shape) {
  Recording.Input input() {
    return new Recording.Input(dtype, shape.elements());
  }

  /// Checks what was made for a run.
  ///
  /// @param index the number of the feed
  void check(int index, Tensor made, Object key) {
    if (made.dtype() != dtype || !made.shape().equals(shape)) {
      throw new TensorException(
          "feed "
              + index
              + " of the step "
              + key
              + " was "
              + dtype
              + " "
              + shape
              + " and is now "
              + made.dtype()
              + " "
              + made.shape()
              + "; what decides shapes belongs into the key");
    }
  }
}
