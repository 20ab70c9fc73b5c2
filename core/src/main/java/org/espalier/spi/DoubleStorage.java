package org.espalier.spi;

import org.espalier.DType;
import org.jspecify.annotations.Nullable;

/// A `double[]`.
public final class DoubleStorage extends HeapStorage {
  private final double[] array;

  /// Wraps an array of at least `size` elements; `recycler` receives it when the last holder lets
  /// go.
  public DoubleStorage(double[] array, int size, @Nullable Recycler recycler) {
    super(DType.F64, size, recycler);
    this.array = array;
  }

  /// Returns the array, shared and possibly longer than `size()`.
  public double[] array() {
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
    array[i] = value;
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
