package org.espalier.cuda;

import java.lang.ref.Cleaner;
import org.espalier.DType;
import org.espalier.TensorException;
import org.espalier.spi.DeviceStorage;
import org.espalier.spi.Storage;
import org.espalier.spi.View;

/// Elements in the memory of a device. The last holder gives the block back; where nobody holds it
/// (a tensor outside any scope), a cleaner does after the garbage collector.
final class CudaStorage extends DeviceStorage {
  private static final Cleaner CLEANER = Cleaner.create();

  private final CudaDevice device;
  private final Block block;
  private final Cleaner.Cleanable cleanable;
  private volatile boolean used;

  /// Takes memory for elements.
  CudaStorage(CudaDevice device, DType dtype, int size) {
    super(dtype, size);
    this.device = device;
    DeviceMemory memory = device.memory();
    Block taken = memory.take((long) size * dtype.bytes());
    block = taken;
    cleanable = CLEANER.register(this, () -> memory.giveBack(taken));
  }

  @Override
  protected void recycle() {
    cleanable.clean();
  }

  /// Tells whether no work on a stream that is not known to be done uses this memory.
  boolean isIdle(Stream stream) {
    return !used && stream.isDone(block.idleAfter);
  }

  /// Returns the storage behind a view.
  ///
  /// @throws TensorException when it lies elsewhere
  static CudaStorage of(View view, CudaDevice device) {
    Storage storage = view.storage();
    if (!(storage instanceof CudaStorage s)) {
      throw new TensorException(
          "a kernel of "
              + device.name()
              + " got memory of another device; move the tensor with to(Device.of(\""
              + device.name()
              + "\"))");
    }
    if (s.device != device) {
      throw new TensorException(
          "a kernel of " + device.name() + " got memory of " + s.device.name());
    }
    return s;
  }

  /// Returns the address of a view's first element.
  static long address(View view, CudaDevice device) {
    CudaStorage storage = of(view, device);
    storage.used = true;
    return storage.block.address + (long) view.offset() * view.dtype().bytes();
  }
}
