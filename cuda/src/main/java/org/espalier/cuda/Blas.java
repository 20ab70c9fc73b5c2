package org.espalier.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jcuda.cudaDataType;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasComputeType;
import jcuda.jcublas.cublasGemmAlgo;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasMath;
import jcuda.jcublas.cublasStatus;
import jcuda.runtime.cudaStream_t;
import org.espalier.TensorException;

/// cuBLAS on one stream: no atomics, and in strict single precision unless somebody asks for less.
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
  private volatile MatmulPrecision precision = MatmulPrecision.HIGHEST;

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
      setWorkspace(capability); // setting the stream has taken it away
    }
    multiplyIn(precision);
  }

  /// Returns how exactly it multiplies.
  MatmulPrecision precision() {
    return precision;
  }

  /// Sets how exactly it multiplies from now on.
  void multiplyIn(MatmulPrecision wanted) {
    int mode =
        switch (wanted) {
          case HIGHEST -> cublasMath.CUBLAS_PEDANTIC_MATH;
          case HIGH -> cublasMath.CUBLAS_TF32_TENSOR_OP_MATH;
          case MEDIUM -> cublasMath.CUBLAS_DEFAULT_MATH; // each call asks for itself
        };
    try (var _ = context.own()) {
      check(JCublas2.cublasSetMathMode(handle, mode), "asking cuBLAS for precision " + wanted);
      precision = wanted;
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
      boolean rounded = precision == MatmulPrecision.MEDIUM;
      check(
          rounded
              ? inBfloat16(m, n, k, a, b, accumulate, c, batch)
              : inSingle(m, n, k, a, b, accumulate, c, batch),
          "a product of " + m + " x " + k + " and " + k + " x " + n + ", " + batch + " times");
      stream.submit(rounded ? "cublasGemmEx" : "cublasSgemm");
    }
  }

  /// In what the math mode says.
  private int inSingle(
      int m, int n, int k, Matrix a, Matrix b, boolean accumulate, Matrix c, int batch) {
    return JCublas2.cublasSgemmStridedBatched(
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
        batch);
  }

  /// cuBLAS itself rounds the factors on their way to the tensor cores, so that no copies of them
  /// are made; sums and results stay in F32. The methods of JCuda without `_new` know no such type.
  private int inBfloat16(
      int m, int n, int k, Matrix a, Matrix b, boolean accumulate, Matrix c, int batch) {
    return JCublas2.cublasGemmStridedBatchedEx_new(
        handle,
        a.transposed ? 1 : 0,
        b.transposed ? 1 : 0,
        m,
        n,
        k,
        one,
        new DevicePointer(a.address),
        cudaDataType.CUDA_R_32F,
        a.leading,
        a.apart,
        new DevicePointer(b.address),
        cudaDataType.CUDA_R_32F,
        b.leading,
        b.apart,
        accumulate ? one : zero,
        new DevicePointer(c.address),
        cudaDataType.CUDA_R_32F,
        c.leading,
        c.apart,
        batch,
        cublasComputeType.CUBLAS_COMPUTE_32F_FAST_16BF,
        cublasGemmAlgo.CUBLAS_GEMM_DEFAULT);
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
