package org.espalier.spi;

import org.espalier.DType;
import org.jspecify.annotations.Nullable;

/// Memory on the Java heap: one primitive array, of at least `size()` elements.
///
/// The four accessors convert between the stored dtype and `double` or `long`; they serve plain
/// loops, while fast kernels switch on the record pattern of the array's type.
public abstract sealed class HeapStorage extends Storage
    permits FloatStorage, DoubleStorage, HalfStorage, IntStorage, LongStorage, BoolStorage {
  private final @Nullable Recycler recycler;

  /// Takes back the array of a storage that nobody holds any more.
  public interface Recycler {
    /// Receives the primitive array.
    void recycle(Object array);
  }

  HeapStorage(DType dtype, int size, @Nullable Recycler recycler) {
    super(dtype, size);
    this.recycler = recycler;
  }

  /// Returns the primitive array, possibly longer than `size()`.
  public abstract Object rawArray();

  /// Returns element `i` as a double.
  public abstract double getDouble(int i);

  /// Stores a double in element `i`, rounded to the dtype (truncated for integers; true unless zero
  /// for booleans).
  public abstract void setDouble(int i, double value);

  /// Returns element `i` as a long (truncated for reals).
  public abstract long getLong(int i);

  /// Stores a long in element `i`.
  public abstract void setLong(int i, long value);

  @Override
  protected final void recycle() {
    if (recycler != null) {
      recycler.recycle(rawArray());
    }
  }
}
