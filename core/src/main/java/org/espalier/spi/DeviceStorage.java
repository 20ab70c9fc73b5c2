package org.espalier.spi;

import org.espalier.DType;

/// Memory of a device outside the Java heap; a backend in another module extends it.
public abstract non-sealed class DeviceStorage extends Storage {
  /// Makes a storage of `size` elements.
  protected DeviceStorage(DType dtype, int size) {
    super(dtype, size);
  }

  /// Tells whether its elements were never computed and never will be: it was made while a step was
  /// recorded, and the recording failed.
  public boolean isVoid() {
    return false;
  }
}
