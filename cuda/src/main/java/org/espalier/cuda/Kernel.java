package org.espalier.cuda;

import java.util.List;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;

/// A kernel of a `.cu` file on one device; compiled by the driver with the rest of its file when it
/// is launched first.
///
/// ```java
/// private final Kernel forward = device.kernel("softmax", "softmax_f32");
/// ...
/// forward.grid(rows, 256).view(x).view(y).i32(columns).run();
/// ```
///
/// The parameters are given in the order in which the kernel declares them; their number and types
/// are compared with those of the PTX at each launch.
final class Kernel {
  /// Dynamic shared memory that every kernel may use without asking.
  private static final int SHARED_WITHOUT_ASKING = 48 * 1024;

  private final CudaDevice device;
  private final String family;
  private final String name;
  private volatile @Nullable Loaded loaded;
  private int largestShared = SHARED_WITHOUT_ASKING;

  /// What the driver made of it.
  record Loaded(CUfunction function, List<String> signature) {}

  /// Names a kernel.
  ///
  /// @param family the name of the `.cu` file
  /// @param name the name of the function in it
  Kernel(CudaDevice device, String family, String name) {
    this.device = device;
    this.family = family;
    this.name = name;
  }

  /// Returns a launch of so many blocks.
  ///
  /// @param blocks at least 1
  /// @param threads of a block; at most what the kernel's launch bounds say
  Launch grid(int blocks, int threads) {
    return grid(blocks, 1, 1, threads, 1, 1);
  }

  /// Returns a launch of blocks with three axes of threads with three axes.
  Launch grid(int x, int y, int z, int threadsX, int threadsY, int threadsZ) {
    return new Launch(device, this, new int[] {x, y, z, threadsX, threadsY, threadsZ});
  }

  /// Returns a launch with one thread for each of `n` elements, or fewer where `n` is large: the
  /// kernel goes on in steps of the whole grid. Blocks have 256 threads.
  ///
  /// @param n at least 1
  Launch each(int n) {
    int wanted = (n + Launch.THREADS - 1) >>> 8;
    return grid(Math.min(wanted, device.fullGrid()), Launch.THREADS);
  }

  /// Returns the family and the name.
  @Override
  public String toString() {
    return family + "/" + name;
  }

  /// Loads the kernel; the caller owns the context.
  Loaded load() {
    Loaded l = loaded;
    if (l == null) {
      PtxModule module = device.module(family);
      loaded = l = new Loaded(module.function(name), module.signature(name));
    }
    return l;
  }

  /// Asks for more dynamic shared memory than kernels have by default; the caller owns the context.
  void allowShared(Loaded kernel, int bytes) {
    if (bytes > largestShared) {
      Driver.check(
          JCudaDriver.cuFuncSetAttribute(
              kernel.function(),
              CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
              bytes),
          "giving " + this + " " + bytes + " bytes of shared memory");
      largestShared = bytes;
    }
  }
}
