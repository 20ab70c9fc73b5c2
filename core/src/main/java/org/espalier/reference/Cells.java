package org.espalier.reference;

import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.spi.HeapStorage;
import org.espalier.spi.Layout;
import org.espalier.spi.View;

/// The elements of a view on the heap, numbered `0, 1, 2, ...` in row-major order whatever their
/// strides.
///
/// "Rows" are all axes but the last, flattened; element `[row, column]` is number `row * columns +
/// column`. A scalar is one row of one column.
final class Cells {
  /// The number of elements.
  final int count;

  /// The number of rows.
  final int rows;

  /// The number of elements in a row.
  final int columns;

  private final HeapStorage memory;
  private final DType dtype;
  private final int offset;
  private final boolean contiguous;
  private final int[] sizes;
  private final int[] strides;

  /// Opens a view.
  ///
  /// @throws org.espalier.TensorException when its memory is not on the Java heap
  Cells(View view) {
    memory = view.heap();
    dtype = view.dtype();
    Layout layout = view.layout();
    Shape shape = layout.shape();
    offset = layout.offset();
    contiguous = layout.isContiguous();
    count = shape.elements();
    sizes = shape.sizes();
    strides = new int[sizes.length];
    int leading = 1;
    for (int axis = 0; axis < sizes.length; axis++) {
      strides[axis] = layout.stride(axis);
      leading *= axis < sizes.length - 1 ? sizes[axis] : 1;
    }
    rows = leading;
    columns = sizes.length == 0 ? 1 : sizes[sizes.length - 1];
  }

  /// Returns the dtype.
  DType dtype() {
    return dtype;
  }

  /// Tells whether elements are computed with as doubles; integers and booleans are as longs.
  boolean isReal() {
    return dtype.isFloating();
  }

  /// Returns element `i`.
  double get(int i) {
    return memory.getDouble(place(i));
  }

  /// Stores element `i`, rounded to the dtype.
  void set(int i, double value) {
    memory.setDouble(place(i), value);
  }

  /// Returns element `i`.
  long getLong(int i) {
    return memory.getLong(place(i));
  }

  /// Returns element `i` of an I32 view.
  int getInt(int i) {
    return Math.toIntExact(memory.getLong(place(i)));
  }

  /// Stores element `i`.
  void setLong(int i, long value) {
    memory.setLong(place(i), value);
  }

  /// Returns where element `i` lies in the storage.
  private int place(int i) {
    if (contiguous) {
      return offset + i;
    }
    int place = offset;
    int rest = i;
    for (int axis = sizes.length - 1; axis >= 0; axis--) {
      place += rest % sizes[axis] * strides[axis];
      rest /= sizes[axis];
    }
    return place;
  }
}
