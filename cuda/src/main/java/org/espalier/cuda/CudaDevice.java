package org.espalier.cuda;

import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.TensorException;
import org.espalier.spi.Layout;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// One GPU: its context, its stream, its memory and its kernels.
final class CudaDevice implements AutoCloseable {
  /// Blocks of 256 threads that a multiprocessor has at once, at the least.
  private static final int BLOCKS_AT_ONCE = 8;

  private static final int OLDEST_CAPABILITY = 75;

  private final String name;
  private final DeviceInfo info;
  private final int fullGrid;
  private final Context context;
  private final Stream stream;
  private final DeviceMemory memory;
  private final Faults faults;
  private final Transfers transfers;
  private final Arena arena = Arena.ofShared();
  private final ParameterBlock parameters = new ParameterBlock(arena);
  private final Map<String, PtxModule> modules = new HashMap<>();
  private final Blas blas;
  private final Set<RecordedGraph> graphs = ConcurrentHashMap.newKeySet();
  private volatile @Nullable RecordedGraph recording;

  /// Opens a device.
  ///
  /// @param ordinal its number, from 0
  /// @throws TensorException when there is no such device, or it is too old
  CudaDevice(int ordinal) {
    info = DeviceInfo.of(ordinal);
    if (info.capability() < OLDEST_CAPABILITY) {
      throw new TensorException(
          info + " is too old: the kernels need compute capability 7.5 or higher");
    }
    MatmulPrecision precision = MatmulPrecision.ofProperty();
    precision.require(info);
    name = info.name();
    fullGrid = info.multiprocessors() * BLOCKS_AT_ONCE;
    context = new Context(name, info.device());
    stream = new Stream(context);
    memory = new DeviceMemory(name, context, stream);
    faults = new Faults(context, stream);
    transfers = new Transfers(this, faults);
    blas = new Blas(context, stream, info.capability());
    blas.multiplyIn(precision);
  }

  /// Returns the name, such as `cuda:0`.
  String name() {
    return name;
  }

  /// Returns the name, the model, the capability and the memory.
  @Override
  public String toString() {
    return info.toString();
  }

  /// Returns the compute capability times ten, such as 80.
  int capability() {
    return info.capability();
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

  /// Returns the copies from and to the heap.
  Transfers transfers() {
    return transfers;
  }

  /// Returns the matrix products.
  Blas blas() {
    return blas;
  }

  /// Sets how exactly products are multiplied from now on.
  ///
  /// @throws TensorException when the device does not have it
  void setMatmulPrecision(MatmulPrecision precision) {
    precision.require(info);
    blas.multiplyIn(precision);
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

  /// Returns the step that the calling thread is recording; null when there is none.
  @Nullable RecordedGraph recording() {
    RecordedGraph now = recording;
    return now != null && context.isOwned() ? now : null;
  }

  /// Returns the recorded steps, which close with the device.
  Set<RecordedGraph> graphs() {
    return graphs;
  }

  /// Begins or ends, with null, to record; the caller owns the context.
  void record(@Nullable RecordedGraph graph) {
    recording = graph;
  }

  /// Returns the address of two words with the seed of each run, where a kernel is recorded that
  /// draws by it; 0 where the kernel runs at once.
  ///
  /// @throws TensorException when a step is recorded and the seed is none of its own
  long seedWords(String kernel, long seed) {
    RecordedGraph now = recording();
    return now == null ? 0 : now.seedWords(kernel, seed);
  }

  /// Throws when the calling thread is recording a step.
  ///
  /// @param what cannot be recorded, and what to do instead
  void refuseWhileRecording(String what) {
    if (recording() != null) {
      throw new TensorException(what);
    }
  }

  /// Waits until all work is done.
  ///
  /// @throws TensorException when a kernel failed, or found an error
  void synchronize() {
    refuseWhileRecording(
        "synchronize() of "
            + name
            + " waits for a step that is being recorded, and so never runs; wait after run()");
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
      graphs.forEach(RecordedGraph::close);
      blas.close();
      transfers.close();
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
