package org.espalier.cuda;

import java.util.concurrent.locks.ReentrantLock;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.JCudaDriver;
import org.espalier.TensorException;

/// The primary context of one device, which one thread owns at a time.
///
/// The driver keeps the current context per platform thread, and a virtual thread may come back on
/// another one. So whoever calls the driver first takes the context: it becomes current on the
/// thread that runs, and no other thread's call comes between. A thread of its own would do the
/// same at the price of two switches of threads for each kernel.
///
/// ```java
/// try (var _ = context.own()) {
///   check(cuMemFree(pointer), "freeing");
/// }
/// ```
final class Context implements AutoCloseable {
  private final String name;
  private final CUdevice device;
  private final CUcontext context = new CUcontext();
  private final ReentrantLock lock = new ReentrantLock();
  private final Owned owned = new Owned();
  private boolean closed;

  /// Lets go of the context.
  final class Owned implements AutoCloseable {
    @Override
    public void close() {
      lock.unlock();
    }
  }

  /// Takes hold of a device's primary context.
  Context(String name, CUdevice device) {
    this.name = name;
    this.device = device;
    Driver.check(
        JCudaDriver.cuDevicePrimaryCtxRetain(context, device), "taking the context of " + name);
  }

  /// Waits until no other thread owns the context, and owns it until the result is closed; the same
  /// thread may own it again within.
  ///
  /// @throws TensorException when the device was closed
  Owned own() {
    lock.lock();
    try {
      if (closed) {
        throw new TensorException(
            name + " was closed; tensors that lay there are gone, and a new start opens it again");
      }
      Driver.check(JCudaDriver.cuCtxSetCurrent(context), "making the context current");
      return owned;
    } catch (TensorException e) {
      lock.unlock();
      throw e;
    }
  }

  /// Tells whether the calling thread owns the context.
  boolean isOwned() {
    return lock.isHeldByCurrentThread();
  }

  /// Gives the context back; everything in it is gone.
  @Override
  public void close() {
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        Driver.check(JCudaDriver.cuDevicePrimaryCtxRelease(device), "closing " + name);
      }
    } finally {
      lock.unlock();
    }
  }
}
