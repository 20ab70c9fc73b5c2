package org.espalier.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.spi.Layout;
import org.espalier.spi.Recording;
import org.espalier.spi.View;

/// What changes from run to run of a recorded step, in one block of the device, so that one copy
/// brings all of it: the inputs one after another, then the seeds.
final class RunInputs implements AutoCloseable {
  private static final int ALIGNMENT = 16;

  private final CudaDevice device;
  private final Block block;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment host;
  private final List<CudaStorage> storages = new ArrayList<>();
  private final long[] starts;
  private final long seedsAt;
  private final int seeds;

  /// Takes the block.
  RunInputs(CudaDevice device, List<Recording.Input> inputs, int seeds) {
    this.device = device;
    this.seeds = seeds;
    starts = new long[inputs.size()];
    long at = 0;
    for (int i = 0; i < starts.length; i++) {
      starts[i] = at;
      long bytes = (long) inputs.get(i).elements() * inputs.get(i).dtype().bytes();
      at += Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
    }
    seedsAt = at;
    long bytes = at + (long) seeds * Long.BYTES;
    block = device.memory().takeAside(Math.max(1, bytes));
    host = arena.allocate(Math.max(1, bytes), ALIGNMENT).asSlice(0, bytes);
    for (int i = 0; i < starts.length; i++) {
      DType dtype = inputs.get(i).dtype();
      var storage = new CudaStorage(device, dtype, inputs.get(i).elements(), block, starts[i]);
      storage.retain();
      storages.add(storage);
    }
  }

  /// Returns how many seeds there are.
  int seeds() {
    return seeds;
  }

  /// Returns the memory of an input.
  View view(int index) {
    CudaStorage storage = storages.get(index);
    return new View(storage, Layout.contiguous(Shape.of(storage.size())));
  }

  /// Tells whether a storage is that of an input.
  boolean has(CudaStorage storage) {
    return storages.stream().anyMatch(storage::is);
  }

  /// Returns the address of the two words of a seed.
  long seedAddress(int index) {
    return block.address + seedsAt + (long) index * Long.BYTES;
  }

  /// Returns the address of all of it.
  long address() {
    return block.address;
  }

  /// Writes the values of a run, and returns them as they are to lie on the device.
  MemorySegment fill(List<View> values, long[] seedsOfRun) {
    for (int i = 0; i < starts.length; i++) {
      View value = values.get(i);
      int bytes = value.dtype().bytes();
      MemorySegment from = StagingRing.segment(value.heap());
      MemorySegment.copy(
          from, (long) value.offset() * bytes, host, starts[i], (long) value.elements() * bytes);
    }
    MemorySegment.copy(seedsOfRun, 0, host, ValueLayout.JAVA_LONG, seedsAt, seeds);
    return host;
  }

  @Override
  public void close() {
    device.memory().giveBack(block);
    arena.close();
  }
}
