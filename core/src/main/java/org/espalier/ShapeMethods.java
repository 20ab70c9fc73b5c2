package org.espalier;

import org.espalier.autograd.Autograd;
import org.espalier.op.*;

/// The methods of [Tensor] that rearrange, pick, join or convert elements.
sealed interface ShapeMethods permits Tensor {
  private Tensor self() {
    return (Tensor) this;
  }

  /// Returns the same elements under another shape; one size may be -1 and is inferred. Copies only
  /// where strides force it.
  default Tensor reshape(int... sizes) {
    return Reshape.apply(self(), sizes);
  }

  /// Returns a view with the axes in another order.
  default Tensor permute(int... order) {
    return Autograd.apply(new Permute(order), self());
  }

  /// Returns a view with the last two axes swapped.
  default Tensor transpose() {
    return Permute.swapLast(self());
  }

  /// Returns a view of `[from, to)` along one axis.
  default Tensor slice(int axis, int from, int to) {
    return Autograd.apply(new Slice(self().shape().axis(axis), from, to), self());
  }

  /// Returns a view broadcast to a larger shape.
  default Tensor expand(Shape to) {
    return Autograd.apply(new Expand(to), self());
  }

  /// Returns this tensor when it is contiguous, else a contiguous copy.
  default Tensor contiguous() {
    return self().isContiguous() ? self() : Autograd.apply(new Copy(), self());
  }

  /// Returns a contiguous copy.
  default Tensor copy() {
    return Autograd.apply(new Copy(), self());
  }

  /// Returns the rows of this table that I32 `indices` name: `[n, dim] , [m] -> [m, dim]`.
  default Tensor rows(Tensor indices) {
    return Rows.apply(self(), indices);
  }

  /// Returns the elements that I32 or I64 `indices` name along an axis, in the shape of `indices`;
  /// see [Gather].
  default Tensor gather(int axis, Tensor indices) {
    return Gather.apply(self(), axis, indices);
  }

  /// Returns a copy with `values` added at the places that I32 or I64 `indices` name along an axis;
  /// see [ScatterAlong].
  default Tensor scatterAdd(int axis, Tensor indices, Tensor values) {
    return ScatterAlong.apply(self(), axis, indices, values);
  }

  /// Returns the values in another dtype (this tensor when it has it).
  default Tensor to(DType dtype) {
    return dtype == self().dtype()
        ? self()
        : Autograd.apply(new Cast(self().dtype(), dtype), self());
  }

  /// Returns the values on another device (this tensor when it is there).
  default Tensor to(Device other) {
    return other.equals(self().device())
        ? self()
        : Autograd.apply(new Transfer(self().device(), other), self());
  }
}
