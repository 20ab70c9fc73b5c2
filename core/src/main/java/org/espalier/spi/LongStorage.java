package org.espalier.spi;

import org.espalier.DType;
import org.jspecify.annotations.Nullable;

/// A `long[]`.
public final class LongStorage extends HeapStorage {
  private final long[] array;

  /// Wraps an array of at least `size` elements; `recycler` receives it when the last holder lets
  /// go.
  public LongStorage(long[] array, int size, @Nullable Recycler recycler) {
    super(DType.I64, size, recycler);
    this.array = array;
  }

  /// Returns the array, shared and possibly longer than `size()`.
  public long[] array() {
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
    array[i] = (long) value;
  }

  @Override
  public long getLong(int i) {
    return array[i];
  }

  @Override
  public void setLong(int i, long value) {
    array[i] = value;
  }
}
