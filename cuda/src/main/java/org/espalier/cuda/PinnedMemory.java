package org.espalier.cuda;

import java.lang.foreign.MemorySegment;
import jcuda.Pointer;
import jcuda.driver.JCudaDriver;

/// Host memory that does not move and that a device reads and writes by itself. The caller owns the
/// context when it makes and closes it.
final class PinnedMemory implements AutoCloseable {
  private final Pointer pointer = new Pointer();
  private final MemorySegment segment;

  /// Takes so many bytes from the driver.
  @SuppressWarnings("restricted") // the driver says how long it is
  PinnedMemory(long bytes) {
    Driver.check(JCudaDriver.cuMemAllocHost(pointer, bytes), "pinning " + bytes + " bytes");
    segment = MemorySegment.ofAddress(HostPointer.address(pointer)).reinterpret(bytes);
  }

  /// Returns the bytes; nobody may touch them once this is closed.
  MemorySegment segment() {
    return segment;
  }

  /// Returns the address of a byte, as the driver wants it.
  HostPointer at(long offset) {
    return new HostPointer(segment.address() + offset);
  }

  @Override
  public void close() {
    Driver.check(JCudaDriver.cuMemFreeHost(pointer), "freeing pinned memory");
  }
}
