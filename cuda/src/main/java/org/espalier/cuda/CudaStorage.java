package org.espalier.cuda;

import java.lang.ref.Cleaner;
import java.lang.ref.Cleaner.Cleanable;
import org.espalier.DType;
import org.espalier.TensorException;
import org.espalier.spi.DeviceStorage;
import org.espalier.spi.Storage;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// Elements in the memory of a device. The last holder gives the block back; where nobody holds it
/// (a tensor outside any scope), a cleaner does after the garbage collector.
final class CudaStorage extends DeviceStorage {
  private static final Cleaner CLEANER = Cleaner.create();

  private final CudaDevice device;
  private final Block block;
  private final long begin;
  private final @Nullable RecordedGraph recorded;
  private final @Nullable Cleanable cleanable;
  private volatile boolean used;
  private volatile boolean recycled;

  /// Takes memory for elements.
  CudaStorage(CudaDevice device, DType dtype, int size) {
    this(device, dtype, size, device.memory().take((long) size * dtype.bytes()));
  }

  /// Makes a storage of a block that it gives back.
  CudaStorage(CudaDevice device, DType dtype, int size, Block block) {
    super(dtype, size);
    this.device = device;
    this.block = block;
    begin = block.address;
    recorded = device.recording();
    DeviceMemory memory = device.memory();
    cleanable = CLEANER.register(this, () -> memory.giveBack(block));
    if (recorded != null) {
      recorded.made(this);
    }
  }

  /// Makes a storage of a part of a block that somebody else gives back.
  ///
  /// @param at byte of the block where it begins
  CudaStorage(CudaDevice device, DType dtype, int size, Block block, long at) {
    super(dtype, size);
    this.device = device;
    this.block = block;
    begin = block.address + at;
    recorded = null;
    cleanable = null;
  }

  @Override
  protected void recycle() {
    recycled = true;
    if (cleanable != null) {
      cleanable.clean();
    }
  }

  @Override
  public boolean isVoid() {
    return recorded != null && recorded.hasFailed();
  }

  /// Tells whether its memory has gone back.
  boolean isRecycled() {
    return recycled;
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
    storage.noteUse();
    return storage.begin + (long) view.offset() * view.dtype().bytes();
  }

  private void noteUse() {
    if (isVoid()) {
      throw new TensorException(
          "a tensor of "
              + size()
              + " x "
              + dtype()
              + " was made in a step whose recording failed, so it never got its values; a gradient"
              + " is forgotten with zeroGrad()");
    }
    RecordedGraph now = device.recording();
    if (now != null && recorded != now) {
      now.keep(this);
    }
  }
}
