package org.espalier.cuda;

import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.JCudaDriver;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.TensorException;
import org.espalier.spi.Layout;
import org.espalier.spi.View;

/// One GPU: its context, its stream, its memory and its kernels.
final class CudaDevice implements AutoCloseable {
  /// Blocks of 256 threads that a multiprocessor has at once, at the least.
  private static final int BLOCKS_AT_ONCE = 8;

  private static final int OLDEST_CAPABILITY = 75;

  private final String name;
  private final String description;
  private final int capability;
  private final int fullGrid;
  private final Context context;
  private final Stream stream;
  private final DeviceMemory memory;
  private final Faults faults;
  private final StagingRing staging;
  private final Arena arena = Arena.ofShared();
  private final ParameterBlock parameters = new ParameterBlock(arena);
  private final Map<String, PtxModule> modules = new HashMap<>();
  private final Blas blas;

  /// Opens a device.
  ///
  /// @param ordinal its number, from 0
  /// @throws TensorException when there is no such device, or it is too old
  CudaDevice(int ordinal) {
    name = "cuda:" + ordinal;
    String problem = Driver.problem();
    if (problem != null) {
      throw new TensorException("no device " + name + ": " + problem);
    }
    int count = Driver.devices();
    if (ordinal >= count) {
      throw new TensorException(
          "no device " + name + ": there are " + count + ", the last is cuda:" + (count - 1));
    }
    CUdevice device = new CUdevice();
    Driver.check(JCudaDriver.cuDeviceGet(device, ordinal), "opening " + name);
    capability = capability(device);
    description = describe(device);
    if (capability < OLDEST_CAPABILITY) {
      throw new TensorException(
          description + " is too old: the kernels need compute capability 7.5 or higher");
    }
    int multiprocessors =
        Driver.attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
    fullGrid = Math.max(1, multiprocessors) * BLOCKS_AT_ONCE;
    context = new Context(name, device);
    stream = new Stream(context);
    memory = new DeviceMemory(name, context, stream);
    faults = new Faults(context, stream);
    staging = new StagingRing(context, stream, faults);
    blas = new Blas(context, stream);
  }

  private static int capability(CUdevice device) {
    return 10
            * Driver.attribute(
                device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
        + Driver.attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
  }

  private String describe(CUdevice device) {
    byte[] text = new byte[256];
    Driver.check(
        JCudaDriver.cuDeviceGetName(text, text.length, device), "asking the name of " + name);
    long[] bytes = new long[1];
    Driver.check(JCudaDriver.cuDeviceTotalMem(bytes, device), "asking the memory of " + name);
    return String.format(
        Locale.ROOT,
        "%s (%s, capability %d.%d, %.1f GB)",
        name,
        new String(text, StandardCharsets.UTF_8).replaceAll("\0.*", "").strip(),
        capability / 10,
        capability % 10,
        bytes[0] / 1e9);
  }

  /// Returns the name, such as `cuda:0`.
  String name() {
    return name;
  }

  /// Returns the name, the model, the capability and the memory.
  @Override
  public String toString() {
    return description;
  }

  /// Returns the compute capability times ten, such as 80.
  int capability() {
    return capability;
  }

  /// Returns how many blocks of 256 threads fill the device; more only wait.
  int fullGrid() {
    return fullGrid;
  }

  /// Returns the context.
  Context context() {
    return context;
  }

  /// Returns the stream on which everything is computed.
  Stream stream() {
    return stream;
  }

  /// Returns the memory.
  DeviceMemory memory() {
    return memory;
  }

  /// Returns the words in which kernels report what only they can see.
  Faults faults() {
    return faults;
  }

  /// Returns the pinned memory for copies from and to the heap.
  StagingRing staging() {
    return staging;
  }

  /// Returns the matrix products.
  Blas blas() {
    return blas;
  }

  /// Returns the native memory for parameters; the caller owns the context while it uses it.
  ParameterBlock parameters() {
    return parameters;
  }

  /// Returns a kernel, which is loaded when it is launched first.
  ///
  /// @param family the name of the `.cu` file
  /// @param function the name of the function in it
  Kernel kernel(String family, String function) {
    return new Kernel(this, family, function);
  }

  /// Returns the kernels of a file, loading them if need be; the caller owns the context.
  PtxModule module(String family) {
    return modules.computeIfAbsent(family, f -> new PtxModule(f, context));
  }

  /// Returns a view of new memory with undefined contents, for results that only kernels see. The
  /// caller gives it back with `storage().release()` once all kernels that use it are launched.
  View scratch(DType dtype, int elements) {
    CudaStorage storage = new CudaStorage(this, dtype, elements);
    storage.retain();
    return new View(storage, Layout.contiguous(Shape.of(elements)));
  }

  /// Waits until all work is done.
  ///
  /// @throws TensorException when a kernel failed, or found an error
  void synchronize() {
    try (var _ = context.own()) {
      faults.fetch();
      stream.synchronize();
      faults.check();
    }
  }

  /// Waits for all work, and gives everything back to the driver, the memory of tensors too.
  @Override
  public void close() {
    try (var _ = context.own()) {
      stream.synchronize();
      blas.close();
      staging.close();
      faults.close();
      modules.values().forEach(PtxModule::close);
      memory.close();
      stream.close();
    } finally {
      context.close();
      arena.close();
    }
  }
}
