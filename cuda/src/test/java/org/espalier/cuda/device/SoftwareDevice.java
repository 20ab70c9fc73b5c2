package org.espalier.cuda.device;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// The software CUDA device: a driver and a cuBLAS of our own that run the real PTX by interpreting
/// it.
///
/// It makes wrong code fail: streams are lazy (work runs when something waits for it), fresh memory
/// is NaN, every access is checked against the allocations, accesses to shared memory between two
/// barriers are checked for races. It proves nothing about speed, hardware rounding or true
/// concurrency: *verified on a software device, not yet run on hardware*.
///
/// The functions here steer and read it. One process has one such device (or several, see
/// [#devices]), so tests that use it do not run side by side.
public final class SoftwareDevice {
  private static final int TEXT = 1 << 20;

  private final Path folder;
  private final MethodHandle reset;
  private final MethodHandle resetCounters;
  private final MethodHandle counters;
  private final MethodHandle describe;
  private final MethodHandle threadOrder;
  private final MethodHandle set;
  private final MethodHandle failNext;

  private static final class Holder {
    static final SoftwareDevice ONLY = new SoftwareDevice(DeviceBuild.run());
  }

  private SoftwareDevice(Path folder) {
    this.folder = folder;
    System.load(folder.resolve("libcuda.so.1").toString());
    System.load(folder.resolve("libcublas.so.12").toString());
    var library = SymbolLookup.libraryLookup(folder.resolve("libcuda.so.1"), Arena.global());
    reset = function(library, "espalierDeviceReset", FunctionDescriptor.ofVoid());
    resetCounters = function(library, "espalierDeviceResetCounters", FunctionDescriptor.ofVoid());
    counters = function(library, "espalierDeviceCounters", intOf(ADDRESS, JAVA_INT));
    describe = function(library, "espalierDeviceDescribe", intOf(ADDRESS, JAVA_INT));
    threadOrder =
        function(
            library, "espalierDeviceThreadOrder", FunctionDescriptor.ofVoid(JAVA_INT, JAVA_LONG));
    set = function(library, "espalierDeviceSet", intOf(ADDRESS, JAVA_LONG));
    failNext =
        function(
            library,
            "espalierDeviceFailNext",
            FunctionDescriptor.ofVoid(ADDRESS, JAVA_INT, JAVA_INT));
  }

  /// Returns the device of this process, built and loaded when it is first asked for.
  ///
  /// The folder in the system property `espalier.cuda.libraries` is used when there is one; else
  /// the sources are compiled to `.remembered/software-device`, once.
  public static SoftwareDevice get() {
    return Holder.ONLY;
  }

  /// Returns the folder of the two libraries, the value for `espalier.cuda.libraries`.
  public Path folder() {
    return folder;
  }

  /// Makes the device as new: no work, no memory, no errors, counters at zero, settings at their
  /// start (the environment's `ESPALIER_SWCUDA_...`).
  ///
  /// Streams, events, modules and addresses of before are void.
  public void reset() {
    call(reset);
  }

  /// Sets the counters to zero; what is allocated stays counted as live.
  public void resetCounters() {
    call(resetCounters);
  }

  /// Returns what the device has done.
  public DeviceCounters counters() {
    return DeviceCounters.parse(text(counters));
  }

  /// Returns the last error in words: for a wrong access the kernel, block, thread, instruction and
  /// what lies at the address. Empty when there was none.
  public String describe() {
    return text(describe);
  }

  /// Sets the order of blocks, warps and streams; `seed` matters when it is shuffled.
  public void threadOrder(ThreadOrder order, long seed) {
    int number =
        switch (order) {
          case FORWARD -> 0;
          case REVERSE -> 1;
          case SHUFFLED -> 2;
        };
    call(threadOrder, number, seed);
  }

  /// Whether work waits until something waits for it (the default), or runs when it is launched.
  public void lazyStreams(boolean lazy) {
    set("lazyStreams", lazy ? 1 : 0);
  }

  /// Whether fresh and freed memory is filled with NaN (the default).
  public void poison(boolean on) {
    set("poison", on ? 1 : 0);
  }

  /// Whether accesses to shared memory are checked for races (the default).
  public void raceCheck(boolean on) {
    set("raceCheck", on ? 1 : 0);
  }

  /// Whether the list of a launch's parameters must end with a null pointer, as a check of how many
  /// were given. Off by default: the driver's own interface knows no end.
  public void terminatedParameters(boolean on) {
    set("terminatedParameters", on ? 1 : 0);
  }

  /// Whether errors are also printed when they happen.
  public void verbose(boolean on) {
    set("verbose", on ? 1 : 0);
  }

  /// Sets how many devices there are: 1 at first.
  public void devices(int count) {
    set("devices", count);
  }

  /// Sets the compute capability of all devices: 8.0 at first.
  public void capability(int major, int minor) {
    set("capability", major * 10L + minor);
  }

  /// Sets how many multiprocessors a device says it has: 4 at first. Grids are as large as they
  /// need, so with few of them small problems take several turns of a kernel's outer loop.
  public void multiprocessors(int count) {
    set("multiprocessors", count);
  }

  /// Sets how many bytes a device has.
  public void memoryLimit(long bytes) {
    set("memoryLimit", bytes);
  }

  /// Sets how many instructions a warp may jump back over in a block before a launch counts as
  /// hanging.
  public void patience(long instructions) {
    set("patience", instructions);
  }

  /// Lets a later call fail: call number `after` + 1 of `function`, counted from now, answers
  /// `error`.
  ///
  /// @param function the driver's or cuBLAS's function without its version, as `cuMemAlloc` or
  ///   `cublasSgemm`; `execute` for the running of a kernel, which the host learns of later; `*`
  ///   for any call
  /// @param after how many calls are to succeed before
  /// @param error a `CUresult`, or a `cublasStatus` for cuBLAS
  public void failNext(String function, int after, int error) {
    try (var arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(function);
      call(failNext, name, after, error);
    }
  }

  private void set(String setting, long value) {
    try (var arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(setting);
      if (!Integer.valueOf(0).equals(call(set, name, value))) {
        throw new IllegalStateException("The device does not know the setting " + setting);
      }
    }
  }

  private static String text(MethodHandle source) {
    try (var arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(TEXT);
      if (!(call(source, buffer, TEXT) instanceof Integer length) || length >= TEXT) {
        throw new IllegalStateException("A text that does not fit into " + TEXT + " bytes");
      }
      return buffer.getString(0);
    }
  }

  private static @Nullable Object call(MethodHandle function, Object... arguments) {
    try {
      return function.invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new IllegalStateException("A control function of the device failed", e);
    }
  }

  private static FunctionDescriptor intOf(MemoryLayout... arguments) {
    return FunctionDescriptor.of(JAVA_INT, arguments);
  }

  private static MethodHandle function(
      SymbolLookup library, String name, FunctionDescriptor descriptor) {
    return Linker.nativeLinker().downcallHandle(library.findOrThrow(name), descriptor);
  }
}
