package org.espalier.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasMath;
import jcuda.jcublas.cublasStatus;
import jcuda.runtime.cudaStream_t;
import org.espalier.TensorException;

/// cuBLAS on one stream, in strict single precision: no TF32, no atomics.
final class Blas implements AutoCloseable {
  /// What NVIDIA's documentation of cublasSetWorkspace recommends.
  private static final long WORKSPACE = 4L << 20;

  private static final long WORKSPACE_OF_HOPPER = 32L << 20;
  private static final int HOPPER = 90;

  private final Context context;
  private final Stream stream;
  private final cublasHandle handle = new cublasHandle();
  private final Arena arena = Arena.ofShared();
  private final DevicePointer workspace = new DevicePointer();
  private final HostPointer one = constant(1);
  private final HostPointer zero = constant(0);

  /// Opens cuBLAS.
  ///
  /// @param capability of the device, times ten
  Blas(Context context, Stream stream, int capability) {
    this.context = context;
    this.stream = stream;
    try (var _ = context.own()) {
      check(JCublas2.cublasCreate(handle), "opening cuBLAS");
      check(
          JCublas2.cublasSetStream(handle, new cudaStream_t(stream.handle())),
          "giving cuBLAS its stream");
      check(
          JCublas2.cublasSetMathMode(handle, cublasMath.CUBLAS_PEDANTIC_MATH),
          "asking cuBLAS for strict single precision");
      setWorkspace(capability); // setting the stream has taken it away
    }
  }

  /// Gives cuBLAS memory to work in: its own could not be recorded.
  private void setWorkspace(int capability) {
    long bytes = capability >= HOPPER ? WORKSPACE_OF_HOPPER : WORKSPACE;
    Driver.check(JCudaDriver.cuMemAlloc(workspace, bytes), "allocating " + bytes + " bytes");
    check(JCublas2.cublasSetWorkspace(handle, workspace, bytes), "giving cuBLAS memory to work in");
  }

  private HostPointer constant(float value) {
    MemorySegment number = arena.allocate(ValueLayout.JAVA_FLOAT);
    number.set(ValueLayout.JAVA_FLOAT, 0, value);
    return new HostPointer(number.address());
  }

  /// A matrix in the memory of the device, as cuBLAS sees it: column by column.
  ///
  /// @param address of the first element
  /// @param leading elements from one column to the next
  /// @param transposed whether the product uses its transpose
  /// @param apart elements from one matrix of a batch to the next
  record Matrix(long address, int leading, boolean transposed, long apart) {}

  /// `c = a b`, or with `accumulate` `c = c + a b`, for each of `batch` matrices, all of columns.
  ///
  /// @param m rows of `a` and `c`
  /// @param n columns of `b` and `c`
  /// @param k columns of `a`, rows of `b`
  void multiply(int m, int n, int k, Matrix a, Matrix b, boolean accumulate, Matrix c, int batch) {
    try (var _ = context.own()) {
      check(
          JCublas2.cublasSgemmStridedBatched(
              handle,
              a.transposed ? 1 : 0,
              b.transposed ? 1 : 0,
              m,
              n,
              k,
              one,
              new DevicePointer(a.address),
              a.leading,
              a.apart,
              new DevicePointer(b.address),
              b.leading,
              b.apart,
              accumulate ? one : zero,
              new DevicePointer(c.address),
              c.leading,
              c.apart,
              batch),
          "a product of " + m + " x " + k + " and " + k + " x " + n + ", " + batch + " times");
      stream.submit("cublasSgemm");
    }
  }

  private static void check(int status, String what) {
    if (status != cublasStatus.CUBLAS_STATUS_SUCCESS) {
      throw new TensorException("cuda: " + what + " failed: " + cublasStatus.stringFor(status));
    }
  }

  @Override
  public void close() {
    try (var _ = context.own()) {
      check(JCublas2.cublasDestroy(handle), "closing cuBLAS");
      Driver.check(JCudaDriver.cuMemFree(workspace), "freeing the memory of cuBLAS");
    } finally {
      arena.close();
    }
  }
}
