package org.espalier.spi;

import org.espalier.DType;
import org.jspecify.annotations.Nullable;

/// A `float[]`.
public final class FloatStorage extends HeapStorage {
  private final float[] array;

  /// Wraps an array of at least `size` elements; `recycler` receives it when the last holder lets
  /// go.
  public FloatStorage(float[] array, int size, @Nullable Recycler recycler) {
    super(DType.F32, size, recycler);
    this.array = array;
  }

  /// Returns the array, shared and possibly longer than `size()`.
  public float[] array() {
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
    array[i] = (float) value;
  }

  @Override
  public long getLong(int i) {
    return (long) array[i];
  }

  @Override
  public void setLong(int i, long value) {
    array[i] = value;
  }
}
