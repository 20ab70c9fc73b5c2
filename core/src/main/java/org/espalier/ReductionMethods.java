package org.espalier;

import org.espalier.autograd.Autograd;
import org.espalier.op.*;

/// The methods of [Tensor] that make few elements of many, and those along a row.
sealed interface ReductionMethods permits Tensor {
  private Tensor self() {
    return (Tensor) this;
  }

  /// Returns the sum over these axes, which disappear; over all without any.
  default Tensor sum(int... axes) {
    return Sum.apply(self(), axes);
  }

  /// Returns the mean over these axes, which disappear; over all without any.
  default Tensor mean(int... axes) {
    return Mean.apply(self(), axes);
  }

  /// Returns the largest over these axes, which disappear; over all without any.
  default Tensor max(int... axes) {
    return Max.apply(self(), axes);
  }

  /// Returns the index of the first largest along one axis, which disappears, as I64.
  default Tensor argMax(int axis) {
    return Autograd.apply(new ArgMax(self().shape().axis(axis)), self());
  }

  /// Returns softmax along the last axis.
  default Tensor softmax() {
    return Autograd.apply(new Softmax(), self());
  }

  /// Returns the logarithm of softmax along the last axis.
  default Tensor logSoftmax() {
    return Autograd.apply(new LogSoftmax(), self());
  }
}
