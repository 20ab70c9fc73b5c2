package org.espalier.spi;

import org.espalier.DType;
import org.jspecify.annotations.Nullable;

/// Booleans as a `byte[]` of 0 and 1.
public final class BoolStorage extends HeapStorage {
  private final byte[] array;

  /// Wraps an array of at least `size` elements; `recycler` receives it when the last holder lets
  /// go.
  public BoolStorage(byte[] array, int size, @Nullable Recycler recycler) {
    super(DType.BOOL, size, recycler);
    this.array = array;
  }

  /// Returns the array, shared and possibly longer than `size()`.
  public byte[] array() {
    return array;
  }

  @Override
  public Object rawArray() {
    return array;
  }

  @Override
  public double getDouble(int i) {
    return array[i];
  }

  @Override
  public void setDouble(int i, double value) {
    array[i] = (byte) (value != 0 ? 1 : 0);
  }

  @Override
  public long getLong(int i) {
    return array[i];
  }

  @Override
  public void setLong(int i, long value) {
    array[i] = (byte) (value != 0 ? 1 : 0);
  }
}
