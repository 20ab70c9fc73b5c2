package org.espalier.op;

import org.espalier.Shape;
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
    Tensor distance = prediction.sub(target).abs();
    Tensor bound = Tensor.full(distance.dtype(), distance.device(), Shape.SCALAR, delta);
    // q (|d| - q / 2) with q = min(|d|, delta): at the seam the derivative of q has the factor 0.
    Tensor q = distance.lessOrEqual(bound).where(distance, bound);
    return q.mul(distance.sub(q.mul(0.5)));
  }
}
