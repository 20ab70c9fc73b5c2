package org.espalier;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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

  /// Returns a view with two axes swapped.
  default Tensor transpose(int a, int b) {
    int[] order = new int[self().rank()];
    Arrays.setAll(order, i -> i);
    order[self().shape().axis(a)] = self().shape().axis(b);
    order[self().shape().axis(b)] = self().shape().axis(a);
    return permute(order);
  }

  /// Returns a view without the axes of size 1.
  default Tensor squeeze() {
    return reshape(Arrays.stream(self().shape().sizes()).filter(n -> n != 1).toArray());
  }

  /// Returns a view without this axis when its size is 1, else this tensor.
  default Tensor squeeze(int axis) {
    Shape shape = self().shape();
    return shape.size(axis) == 1 ? reshape(shape.without(axis).sizes()) : self();
  }

  /// Returns a view with a new axis of size 1, which stands at `axis` in the output; negative ones
  /// count from the end.
  ///
  /// @throws TensorException when `axis` is beyond the output's axes
  default Tensor unsqueeze(int axis) {
    int rank = self().rank();
    int a = axis < 0 ? axis + rank + 1 : axis;
    if (a < 0 || a > rank) {
      throw new TensorException(
          "unsqueeze: a new axis " + axis + " does not fit into shape " + self().shape());
    }
    int[] sizes = new int[rank + 1];
    for (int i = 0; i <= rank; i++) {
      sizes[i] = i == a ? 1 : self().size(i < a ? i : i - 1);
    }
    return reshape(sizes);
  }

  /// Returns the elements in row-major order along one axis.
  default Tensor flatten() {
    return reshape(self().elements());
  }

  /// Returns the axes `first` to `last`, both included, as one.
  ///
  /// @throws TensorException when `last` comes before `first`
  default Tensor flatten(int first, int last) {
    Shape shape = self().shape();
    int a = shape.axis(first);
    int b = shape.axis(last);
    if (b < a) {
      throw new TensorException(
          "flatten: axis " + last + " comes before axis " + first + " in shape " + shape);
    }
    int[] sizes = new int[shape.rank() - (b - a)];
    int joined = 1;
    for (int i = a; i <= b; i++) {
      joined *= shape.size(i);
    }
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = i < a ? shape.size(i) : i == a ? joined : shape.size(i + b - a);
    }
    return reshape(sizes);
  }

  /// Returns a view of `[from, to)` along one axis.
  default Tensor slice(int axis, int from, int to) {
    return Slice.apply(self(), axis, from, to, 1);
  }

  /// Returns a view of the elements `from`, `from + step`, ... before `to` of one axis; `step` is
  /// positive, and [#flip] reverses.
  default Tensor slice(int axis, int from, int to, int step) {
    return Slice.apply(self(), axis, from, to, step);
  }

  /// Returns a view of `length` elements of one axis from `from` on.
  default Tensor narrow(int axis, int from, int length) {
    return slice(axis, from, from + length);
  }

  /// Returns a view of one index of an axis, which disappears; negative indices count from the end.
  ///
  /// @throws TensorException when there is no such index
  default Tensor select(int axis, int index) {
    int size = self().size(axis);
    int i = index < 0 ? index + size : index;
    if (i < 0 || i >= size) {
      throw new TensorException(
          "select: axis " + axis + " of shape " + self().shape() + " has no index " + index);
    }
    return slice(axis, i, i + 1).squeeze(axis);
  }

  /// Returns views of `size` elements each along one axis, one after another; the last may be
  /// shorter. An empty axis gives one empty part.
  ///
  /// @throws TensorException when `size` is not positive
  default List<Tensor> split(int axis, int size) {
    if (size < 1) {
      throw new TensorException("split needs parts of at least one element, found " + size);
    }
    int n = self().size(axis);
    List<Tensor> parts = new ArrayList<>();
    for (int from = 0; from < n || from == 0; from += size) {
      parts.add(slice(axis, from, Math.min(n, from + size)));
      if (n - from <= size) {
        break;
      }
    }
    return List.copyOf(parts);
  }

  /// Returns views of these sizes along one axis, one after another.
  ///
  /// @throws TensorException when the sizes do not add up to the axis
  default List<Tensor> split(int axis, int[] sizes) {
    if (Arrays.stream(sizes).asLongStream().sum() != self().size(axis)) {
      throw new TensorException(
          "split: parts of "
              + Arrays.toString(sizes)
              + " elements do not fill axis "
              + axis
              + " of shape "
              + self().shape());
    }
    List<Tensor> parts = new ArrayList<>();
    int from = 0;
    for (int size : sizes) {
      parts.add(slice(axis, from, from + size));
      from += size;
    }
    return List.copyOf(parts);
  }

  /// Returns at most `parts` views of one size (the last may be shorter) along one axis: [#split]
  /// into parts of `ceil(n / parts)` elements.
  ///
  /// @throws TensorException when `parts` is not positive
  default List<Tensor> chunk(int axis, int parts) {
    if (parts < 1) {
      throw new TensorException("chunk needs at least one part, found " + parts);
    }
    return split(axis, Math.max(1, Math.ceilDiv(self().size(axis), parts)));
  }

  /// Returns a view of the windows of `size` elements that slide along one axis in steps of `step`;
  /// the axis becomes their number, a new last axis their elements. See [Unfold].
  default Tensor unfold(int axis, int size, int step) {
    return Unfold.apply(self(), axis, size, step, 1);
  }

  /// Returns a view of the main diagonal of the last two axes, as the last axis.
  default Tensor diagonal() {
    return diagonal(0, -2, -1);
  }

  /// Returns a view of the diagonal `shift` above the main one of two axes, which disappear; it is
  /// the last axis.
  default Tensor diagonal(int shift, int first, int second) {
    return Diagonal.apply(self(), shift, first, second);
  }

  /// Returns a view broadcast to a larger shape.
  default Tensor expand(Shape to) {
    return Autograd.apply(new Expand(to), self());
  }

  /// Returns a view broadcast to larger sizes; -1 keeps the size of an axis.
  ///
  /// @throws TensorException when the sizes do not fit
  default Tensor expand(int... sizes) {
    int[] s = sizes.clone();
    int lead = s.length - self().rank();
    for (int i = 0; i < s.length; i++) {
      if (s[i] == -1 && i >= lead && lead >= 0) {
        s[i] = self().size(i - lead);
      }
    }
    return expand(Shape.of(s));
  }

  /// Returns this tensor when it is contiguous, else a contiguous copy.
  default Tensor contiguous() {
    return self().isContiguous() ? self() : Autograd.apply(new Copy(), self());
  }

  /// Returns a contiguous copy.
  default Tensor copy() {
    return Autograd.apply(new Copy(), self());
  }

  /// Returns the rows of this table that I32 or I64 `indices` name: `[n, dim] , [m] -> [m, dim]`.
  default Tensor rows(Tensor indices) {
    return Rows.apply(self(), indices);
  }

  /// Returns the rows of this table that I32 or I64 `ids` name, as [#rows] does, with a gradient of
  /// only these rows; see [Embedding].
  default Tensor embedding(Tensor ids) {
    return Embedding.apply(self(), ids);
  }

  /// Returns the elements along `axis` that I32 or I64 `indices` (`[m]`) name; see [IndexSelect].
  default Tensor indexSelect(int axis, Tensor indices) {
    return IndexSelect.apply(self(), axis, indices);
  }

  /// Returns the elements where a BOOL mask is true, as a vector; see [MaskedSelect].
  default Tensor maskedSelect(Tensor mask) {
    return MaskedSelect.apply(self(), mask);
  }

  /// Returns the indices of the elements that are not zero, as I64 `[n, rank]`.
  default Tensor nonzero() {
    return Nonzero.apply(self());
  }

  /// Returns these class indices as unit vectors, I64 `[..., classes]`; see [OneHot].
  default Tensor oneHot(int classes) {
    return OneHot.apply(self(), classes);
  }

  /// Returns this tensor with zeros in front of and behind one axis; itself when both are 0.
  default Tensor pad(int axis, int before, int after) {
    return Pad.apply(self(), axis, before, after, 0);
  }

  /// Returns this tensor with a border of `value`: `before[i]` and `after[i]` elements at axis `i`;
  /// itself when all are 0.
  default Tensor pad(int[] before, int[] after, double value) {
    return Pad.apply(self(), before, after, value);
  }

  /// Returns the lower triangle of the last two axes, zero elsewhere: `j - i <= diagonal` stays.
  default Tensor tril(int diagonal) {
    return Triangle.apply(self(), false, diagonal);
  }

  /// Returns the upper triangle of the last two axes, zero elsewhere: `j - i >= diagonal` stays.
  default Tensor triu(int diagonal) {
    return Triangle.apply(self(), true, diagonal);
  }

  /// Returns a copy with these axes reversed; all of them without any.
  default Tensor flip(int... axes) {
    return Flip.apply(self(), axes);
  }

  /// Returns the elements moved by `shift` places along one axis, around its end; itself when
  /// nothing moves. See [Roll].
  default Tensor roll(int shift, int axis) {
    return Roll.apply(self(), shift, axis);
  }

  /// Returns this tensor `times[i]` times side by side along axis `i`, aligned at the last axis; a
  /// view when all are 1.
  default Tensor repeat(int... times) {
    return Repeat.apply(self(), times);
  }

  /// Returns each element along one axis `times` times in a row; a view when that is once.
  default Tensor repeatInterleave(int times, int axis) {
    return RepeatInterleave.apply(self(), times, axis);
  }

  /// Returns element `i` along one axis `counts[i]` times in a row; `counts` is I32 or I64.
  default Tensor repeatInterleave(Tensor counts, int axis) {
    return RepeatInterleave.apply(self(), counts, axis);
  }

  /// Returns the elements that I32 or I64 `indices` name along an axis, in the shape of `indices`;
  /// see [Gather].
  default Tensor gather(int axis, Tensor indices) {
    return Gather.apply(self(), axis, indices);
  }

  /// Returns a copy with the values of `source` at the places that I32 or I64 `indices` name along
  /// an axis; see [Scatter].
  default Tensor scatter(int axis, Tensor indices, Tensor source) {
    return Scatter.apply(self(), axis, indices, source);
  }

  /// Returns a copy with `values` added at the places that I32 or I64 `indices` name along an axis;
  /// see [ScatterAlong]. Whole rows by one index each (PyTorch's `index_add`) are [IndexAdd].
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
