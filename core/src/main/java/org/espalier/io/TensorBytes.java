package org.espalier.io;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.Tensor;

/// Tensors from bare bytes, for readers of formats that this library does not know.
public final class TensorBytes {
  private TensorBytes() {}

  /// Reads a tensor from memory, usually that of a mapped file: the one copy is the one to the
  /// heap.
  ///
  /// @param bytes the elements in row-major order, without gaps
  /// @param order the order of the bytes of each
  /// @throws IllegalArgumentException when there are more or fewer bytes than the shape takes
  public static Tensor read(MemorySegment bytes, ByteOrder order, DType dtype, Shape shape) {
    long expected = (long) shape.elements() * dtype.bytes();
    if (bytes.byteSize() != expected) {
      throw new IllegalArgumentException(
          "%d bytes, but %s of shape %s takes %d"
              .formatted(bytes.byteSize(), dtype, shape, expected));
    }
    return Elements.read(bytes, SafetensorsType.of(dtype), order, dtype, shape);
  }
}
