package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.TensorException;

/// Huber's loss (1964), one for each element: with `d = prediction - target`, `d^2 / 2` up to `|d|
/// = delta`, and the straight line `delta (|d| - delta / 2)` from there.
public final class Huber {
  private Huber() {}

  /// Returns the losses of tensors of one shape.
  ///
  /// @throws TensorException when the shapes differ, or `delta` is not positive
  public static Tensor apply(Tensor prediction, Tensor target, double delta) {
    if (!prediction.shape().equals(target.shape()) || !(delta > 0)) {
      throw new TensorException(
          "huber: prediction "
              + prediction.shape()
              + ", target "
              + target.shape()
              + ", delta "
              + delta
              + "; needs one shape and a positive delta");
    }
    Tensor distance = prediction.sub(target);
    // Without |d|, whose slope at 0 is 0 and would leave no curvature there; at the seam the slope
    // of c has the factor 0.
    Tensor c = distance.clamp(-delta, delta);
    return c.mul(distance.sub(c.mul(0.5)));
  }
}
