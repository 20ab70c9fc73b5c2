package org.espalier.op;

import java.util.ArrayList;
import java.util.List;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.ReduceKernel;
import org.jspecify.annotations.Nullable;

/// The largest over the last axes, which disappear; NaN wins. Unlike [Max], which shares the
/// gradient among equals, the first of them in row-major order gets all of it, as in max pooling
/// everywhere. (In a window with NaN that is the first element.)
///
/// @param axes how many of the last axes, at least one
public record WindowMax(int axes) implements Op {
  /// Returns the maximum over the last `axes` axes of `x`.
  ///
  /// @throws TensorException when there are fewer axes, or one of them is empty
  public static Tensor apply(Tensor x, int axes) {
    Op op = new WindowMax(axes);
    Kernels.requireRank(op, x, axes);
    for (int a : Windows.lastAxes(axes)) {
      if (x.size(a) == 0) {
        throw new TensorException(
            "the maximum over the empty axis " + a + " of shape " + x.shape() + " has no value");
      }
    }
    return Autograd.apply(op, x);
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    Tensor x = inputs[0];
    int[] last = Kernels.axes(x, Windows.lastAxes(axes));
    Tensor kept = Kernels.reduceKeeping(ReduceKernel.MAX, x, last, x.dtype());
    Tensor y = kept.reshape(Kernels.without(x.shape(), last).sizes());
    context.save(x, y);
    return y;
  }

  /// Goes through the places of a window in order: each takes the gradient that is still there
  /// where it holds the maximum, and leaves it to the next where it does not.
  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    Tensor x = context.saved(0).detach();
    Tensor y = context.saved(1).detach();
    Tensor zero = Tensor.zeros(dy.dtype(), dy.device(), Shape.SCALAR);
    List<Tensor> places = new ArrayList<>();
    places.add(x);
    for (int axis = y.rank(); axis < x.rank(); axis++) {
      List<Tensor> narrower = new ArrayList<>();
      for (Tensor place : places) {
        for (int i = 0; i < x.size(axis); i++) {
          narrower.add(place.select(y.rank(), i));
        }
      }
      places = narrower;
    }
    Tensor left = dy;
    Tensor[] parts = new Tensor[places.size()];
    for (int k = 0; k < parts.length; k++) {
      Tensor smaller = places.get(k).less(y);
      parts[k] = smaller.where(zero, left);
      left = smaller.where(left, zero);
    }
    return context.dense(Stack.apply(-1, parts).reshape(x.shape().sizes()));
  }
}
