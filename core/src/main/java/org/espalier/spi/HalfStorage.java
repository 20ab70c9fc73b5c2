package org.espalier.spi;

import org.espalier.DType;
import org.jspecify.annotations.Nullable;

/// A `short[]` of F16 or BF16.
public final class HalfStorage extends HeapStorage {
  private final short[] array;

  /// Wraps an array of at least `size` elements; `recycler` receives it when the last holder lets
  /// go.
  ///
  /// @throws IllegalArgumentException when the dtype is neither F16 nor BF16
  public HalfStorage(DType dtype, short[] array, int size, @Nullable Recycler recycler) {
    super(dtype, size, recycler);
    if (!dtype.isHalf()) {
      throw new IllegalArgumentException(dtype + " is not stored in 16 bits");
    }
    this.array = array;
  }

  /// Returns the array, shared and possibly longer than `size()`.
  public short[] array() {
    return array;
  }

  @Override
  public Object rawArray() {
    return array;
  }

  /// Returns element `i`, exactly.
  public float getFloat(int i) {
    return dtype() == DType.BF16 ? Halves.fromBfloat(array[i]) : Float.float16ToFloat(array[i]);
  }

  /// Writes the values of `n` elements from `from` on to `values[0 .. n)`, exactly.
  public void getFloats(int from, float[] values, int n) {
    if (dtype() == DType.BF16) {
      for (int i = 0; i < n; i++) {
        values[i] = Halves.fromBfloat(array[from + i]);
      }
    } else {
      for (int i = 0; i < n; i++) {
        values[i] = Float.float16ToFloat(array[from + i]);
      }
    }
  }

  @Override
  public double getDouble(int i) {
    return getFloat(i);
  }

  @Override
  public void setDouble(int i, double value) {
    array[i] = bits(Halves.roundToOdd(value));
  }

  private short bits(float value) {
    return dtype() == DType.BF16 ? Halves.toBfloat(value) : Float.floatToFloat16(value);
  }

  @Override
  public long getLong(int i) {
    return (long) getFloat(i);
  }

  @Override
  public void setLong(int i, long value) {
    array[i] = bits(Halves.roundToOdd(value));
  }
}
