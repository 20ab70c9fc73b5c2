package org.espalier.op;

import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;

/// Cosine of the angle between vectors along an axis, which disappears: `a . b / (max(|a|, eps)
/// max(|b|, eps))`. With a zero vector it is 0.
public final class CosineSimilarity {
  /// The least norm that is divided by, unless told.
  public static final double EPS = 1e-8;

  private CosineSimilarity() {}

  /// Returns the cosines of tensors that broadcast, along an axis of the shape that both broadcast
  /// to.
  ///
  /// @throws TensorException for dtypes that are not floating, or an `eps` that is not positive
  public static Tensor apply(Tensor a, Tensor b, int axis, double eps) {
    if (!a.dtype().isFloating() || !b.dtype().isFloating() || !(eps > 0)) {
      throw new TensorException(
          "cosineSimilarity needs floating dtypes and a positive eps, found "
              + a.dtype()
              + ", "
              + b.dtype()
              + " and "
              + eps);
    }
    Shape shape = a.shape().broadcast(b.shape());
    int along = shape.axis(axis);
    Tensor x = a.expand(shape);
    Tensor y = b.expand(shape);
    // Of unit length first: the product of long or short vectors would leave the range.
    return unit(x, along, eps).mul(unit(y, along, eps)).sum(along);
  }

  private static Tensor unit(Tensor x, int axis, double eps) {
    Tensor norm = x.norm(axis);
    Tensor least = Tensor.full(norm.dtype(), norm.device(), Shape.SCALAR, eps);
    return x.div(norm.maximum(least).unsqueeze(axis));
  }
}
