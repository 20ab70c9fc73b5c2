package org.espalier.cuda;

import jcuda.Pointer;

/// An address in the host's memory, as JCuda wants it.
final class HostPointer extends Pointer {
  /// Wraps an address.
  HostPointer(long address) {
    super(address);
  }

  /// Returns the address that a call of JCuda wrote into `pointer`.
  static long address(Pointer pointer) {
    return new Copy(pointer).address();
  }

  /// Reaches what JCuda keeps to its subclasses.
  private static final class Copy extends Pointer {
    Copy(Pointer pointer) {
      super(pointer);
    }

    long address() {
      return getNativePointer() + getByteOffset();
    }
  }
}
