package org.espalier.spi;

import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.TensorException;

/// What a kernel sees of a tensor: memory and the way elements lie in it.
///
/// @param storage the memory
/// @param layout where each element lies
public record View(Storage storage, Layout layout) {
  /// Returns the dtype.
  public DType dtype() {
    return storage.dtype();
  }

  /// Returns the shape.
  public Shape shape() {
    return layout.shape();
  }

  /// Tells whether the elements lie in row-major order without gaps.
  public boolean isContiguous() {
    return layout.isContiguous();
  }

  /// Returns the index of the first element.
  public int offset() {
    return layout.offset();
  }

  /// Returns the number of elements.
  public int elements() {
    return layout.shape().elements();
  }

  /// Returns the same memory under another layout.
  public View with(Layout other) {
    return new View(storage, other);
  }

  /// Returns the storage as heap memory.
  ///
  /// @throws TensorException when it lies on another device
  public HeapStorage heap() {
    if (storage instanceof HeapStorage h) {
      return h;
    }
    throw new TensorException(
        "this kernel needs memory on the Java heap; copy the tensor with to(Device.CPU)");
  }

  /// Returns the `float[]` behind an f32 view on the heap.
  public float[] floats() {
    if (storage instanceof FloatStorage f) {
      return f.array();
    }
    throw new TensorException("expected f32 on the heap, found " + dtype());
  }

  /// Returns the `int[]` behind an i32 view on the heap.
  public int[] ints() {
    if (storage instanceof IntStorage i) {
      return i.array();
    }
    throw new TensorException("expected i32 on the heap, found " + dtype());
  }
}
