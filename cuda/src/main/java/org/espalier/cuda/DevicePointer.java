package org.espalier.cuda;

import jcuda.driver.CUdeviceptr;

/// An address in a device's memory, as JCuda wants it.
final class DevicePointer extends CUdeviceptr {
  private static final CUdeviceptr NULL = new CUdeviceptr();

  /// Makes one for a call of JCuda to write into.
  DevicePointer() {}

  /// Wraps an address.
  DevicePointer(long address) {
    super(NULL, address);
  }

  /// Returns the address.
  long address() {
    return getNativePointer() + getByteOffset();
  }
}
