package org.espalier.cuda;

import java.lang.foreign.MemorySegment;
import jcuda.driver.CUevent;
import jcuda.driver.JCudaDriver;
import org.espalier.TensorException;
import org.espalier.spi.HeapStorage;
import org.espalier.spi.View;

/// Copies between the heap and a device.
///
/// Those to the device have a stream of their own. What is computed later waits for them, but not
/// they for what was asked before, when nobody can be using the memory they write: the next batch
/// goes over the bus while the last kernels of this one still run. Those to the heap are waited
/// for, and bring the errors that kernels have found.
final class Transfers implements AutoCloseable {
  private final CudaDevice device;
  private final Context context;
  private final Stream compute;
  private final Stream uploads;
  private final Faults faults;
  private final StagingRing up;
  private final StagingRing down;
  private final CUevent computed;
  private final CUevent arrived;

  /// Makes the streams and the pinned memory of a device.
  Transfers(CudaDevice device, Faults faults) {
    this.device = device;
    this.faults = faults;
    context = device.context();
    compute = device.stream();
    uploads = new Stream(context);
    up = new StagingRing(context, compute);
    down = new StagingRing(context, compute);
    try (var _ = context.own()) {
      computed = Stream.event();
      arrived = Stream.event();
    }
  }

  /// Copies heap memory into a contiguous view; returns when the heap memory may change.
  void write(HeapStorage host, View out) {
    CudaStorage to = CudaStorage.of(out, device);
    long bytes = (long) out.elements() * out.dtype().bytes();
    if (bytes == 0) {
      return;
    }
    try (var _ = context.own()) {
      if (!to.isIdle(compute)) {
        compute.record(computed);
        uploads.await(computed);
      }
      up.upload(StagingRing.segment(host), CudaStorage.address(out, device), bytes, uploads);
      uploads.record(arrived);
      compute.await(arrived);
      compute.submit("waiting for a copy to the device");
    }
  }

  /// Copies host memory to an address in the order of what is computed; returns when the host
  /// memory may change. The caller owns the context.
  void writeInOrder(MemorySegment host, long address) {
    if (host.byteSize() > 0) {
      up.upload(host, address, host.byteSize(), compute);
    }
  }

  /// Copies a contiguous view into heap memory and waits for it.
  ///
  /// @throws TensorException when a kernel before failed, or found an error
  void read(View x, HeapStorage host) {
    long from = CudaStorage.address(x, device);
    try (var _ = context.own()) {
      faults.fetch();
      down.download(from, host, (long) x.elements() * x.dtype().bytes());
      faults.check();
    }
  }

  @Override
  public void close() {
    try (var _ = context.own()) {
      Driver.check(JCudaDriver.cuEventDestroy(computed), "closing an event");
      Driver.check(JCudaDriver.cuEventDestroy(arrived), "closing an event");
      up.close();
      down.close();
      uploads.close();
    }
  }
}
