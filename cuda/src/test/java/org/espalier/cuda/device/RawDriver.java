package org.espalier.cuda.device;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;

/// The driver's and cuBLAS's functions as C calls them, for tests of the device alone: nothing of
/// JCuda and nothing of the backend comes in between.
///
/// Each test opens one on a device that is as new.
final class RawDriver implements AutoCloseable {
  static final int SUCCESS = 0;
  static final int INVALID_VALUE = 1;
  static final int OUT_OF_MEMORY = 2;
  static final int INVALID_CONTEXT = 201;
  static final int INVALID_PTX = 218;
  static final int INVALID_HANDLE = 400;
  static final int NOT_FOUND = 500;
  static final int NOT_READY = 600;
  static final int ILLEGAL_ADDRESS = 700;
  static final int OUT_OF_RESOURCES = 701;
  static final int TIMEOUT = 702;
  static final int MISALIGNED = 716;
  static final int LAUNCH_FAILED = 719;
  static final int NOT_SUPPORTED = 801;
  static final int CAPTURE_UNSUPPORTED = 900;
  static final int CAPTURE_INVALIDATED = 901;
  static final int CAPTURE_UNJOINED = 904;

  private static final int NON_BLOCKING = 1;

  final SoftwareDevice device = SoftwareDevice.get();

  /// Shared: some tests call from a second thread.
  final Arena arena = Arena.ofShared();

  private final SymbolLookup driver;
  private final SymbolLookup blas;

  RawDriver() {
    driver = SymbolLookup.libraryLookup(device.folder().resolve("libcuda.so.1"), arena);
    blas = SymbolLookup.libraryLookup(device.folder().resolve("libcublas.so.12"), arena);
    device.reset();
    check("cuInit", 0);
    makeCurrent(0);
  }

  /// Makes the primary context of a device current for this thread.
  void makeCurrent(int ordinal) {
    check("cuCtxSetCurrent", handle("cuDevicePrimaryCtxRetain", ordinal));
  }

  /// Calls a function; returns what it answers.
  ///
  /// @param arguments Integer, Long (also for handles and addresses), Short, Byte, Float or a
  ///   segment
  int call(String function, Object... arguments) {
    var layouts = new MemoryLayout[arguments.length];
    for (int i = 0; i < arguments.length; i++) {
      layouts[i] =
          switch (arguments[i]) {
            case Integer _ -> JAVA_INT;
            case Long _ -> JAVA_LONG;
            case Short _ -> JAVA_SHORT;
            case Byte _ -> JAVA_BYTE;
            case Float _ -> JAVA_FLOAT;
            case MemorySegment _ -> ADDRESS;
            default -> throw new IllegalArgumentException("No C type for " + arguments[i]);
          };
    }
    var target =
        Linker.nativeLinker()
            .downcallHandle(
                library(function).findOrThrow(function), FunctionDescriptor.of(JAVA_INT, layouts));
    try {
      return (int) target.invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new IllegalStateException(function, e);
    }
  }

  private SymbolLookup library(String function) {
    return function.startsWith("cublas") ? blas : driver;
  }

  boolean has(String function) {
    return library(function).find(function).isPresent();
  }

  /// Calls a function that is to succeed.
  void check(String function, Object... arguments) {
    int code = call(function, arguments);
    assertEquals(SUCCESS, code, () -> function + ": " + device.describe());
  }

  /// Calls a function whose first parameter is where a handle or an address goes; returns that.
  long handle(String function, Object... arguments) {
    MemorySegment result = arena.allocate(JAVA_LONG);
    var all = new Object[arguments.length + 1];
    all[0] = result;
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    check(function, all);
    return result.get(JAVA_LONG, 0);
  }

  /// Calls a function whose first parameter is where a number goes; returns that.
  int number(String function, Object... arguments) {
    return (int) handle(function, arguments);
  }

  long allocate(long bytes) {
    return handle("cuMemAlloc_v2", bytes);
  }

  long upload(MemorySegment values) {
    long address = allocate(values.byteSize());
    check("cuMemcpyHtoD_v2", address, values, values.byteSize());
    return address;
  }

  long upload(float... values) {
    return upload(arena.allocateFrom(JAVA_FLOAT, values));
  }

  long upload(int... values) {
    return upload(arena.allocateFrom(JAVA_INT, values));
  }

  long upload(long... values) {
    return upload(arena.allocateFrom(JAVA_LONG, values));
  }

  float[] floats(long address, int count) {
    return download(address, (long) count * Float.BYTES).toArray(JAVA_FLOAT);
  }

  int[] ints(long address, int count) {
    return download(address, (long) count * Integer.BYTES).toArray(JAVA_INT);
  }

  long[] longs(long address, int count) {
    return download(address, (long) count * Long.BYTES).toArray(JAVA_LONG);
  }

  private MemorySegment download(long address, long bytes) {
    // A synchronous copy does not wait for streams that do not block.
    check("cuCtxSynchronize");
    MemorySegment values = arena.allocate(bytes, Long.BYTES);
    check("cuMemcpyDtoH_v2", values, address, bytes);
    return values;
  }

  long stream() {
    return handle("cuStreamCreate", NON_BLOCKING);
  }

  /// Loads the PTX file of that name from `src/test/cuda`.
  long module(String name) {
    Path file =
        Path.of(System.getProperty("basedir", "."), "src", "test", "cuda", name).toAbsolutePath();
    try {
      return moduleOf(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  long moduleOf(String ptx) {
    return handle("cuModuleLoadData", arena.allocateFrom(ptx));
  }

  long function(long module, String name) {
    return handle("cuModuleGetFunction", module, arena.allocateFrom(name));
  }

  /// The address of parameters for a launch: Integer, Long or Float, and a null at the end.
  MemorySegment parameters(Object... values) {
    MemorySegment list = arena.allocate(ADDRESS, values.length + 1L);
    for (int i = 0; i < values.length; i++) {
      MemorySegment value = arena.allocate(JAVA_LONG);
      switch (values[i]) {
        case Integer number -> value.set(JAVA_INT, 0, number);
        case Long number -> value.set(JAVA_LONG, 0, number);
        case Float number -> value.set(JAVA_FLOAT, 0, number);
        default -> throw new IllegalArgumentException("No parameter: " + values[i]);
      }
      list.setAtIndex(ADDRESS, i, value);
    }
    return list;
  }

  /// Launches blocks along x in the default stream; returns the answer.
  int launch(long function, int blocks, int threads, Object... parameters) {
    return launch(function, Grid.of(blocks, threads), 0L, parameters);
  }

  int launch(long function, Grid grid, long stream, Object... parameters) {
    return call(
        "cuLaunchKernel",
        function,
        grid.blocksX,
        grid.blocksY,
        1,
        grid.threadsX,
        grid.threadsY,
        1,
        grid.sharedBytes,
        stream,
        parameters(parameters),
        MemorySegment.NULL);
  }

  /// Launches, waits and returns the first error.
  int run(long function, Grid grid, Object... parameters) {
    int code = launch(function, grid, 0L, parameters);
    return code != SUCCESS ? code : call("cuCtxSynchronize");
  }

  int run(long function, int blocks, int threads, Object... parameters) {
    return run(function, Grid.of(blocks, threads), parameters);
  }

  @Override
  public void close() {
    device.reset();
    arena.close();
  }

  /// How many blocks of how many threads, with how much dynamic shared memory.
  record Grid(int blocksX, int blocksY, int threadsX, int threadsY, int sharedBytes) {
    static Grid of(int blocks, int threads) {
      return new Grid(blocks, 1, threads, 1, 0);
    }

    Grid withShared(int bytes) {
      return new Grid(blocksX, blocksY, threadsX, threadsY, bytes);
    }
  }
}
