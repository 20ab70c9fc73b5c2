package org.espalier.cuda.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The cuBLAS subset against plain loops.
final class ProductsTest {
  private static final int PLAIN = 0;
  private static final int TRANSPOSED = 1;
  private static final int INVALID = 7;
  private static final int UNSUPPORTED = 15;
  private static final int F32 = 0;
  private static final int BF16 = 14;
  private static final int COMPUTE_32F = 68;

  private RawDriver driver;
  private long blas;

  @BeforeEach
  void open() {
    driver = new RawDriver();
    blas = driver.handle("cublasCreate_v2");
  }

  @AfterEach
  void close() {
    driver.call("cublasDestroy_v2", blas); // fails on a device that the test has broken
    driver.close();
  }

  private MemorySegment scalar(float value) {
    return driver.arena.allocateFrom(ValueLayout.JAVA_FLOAT, value);
  }

  private static float[] numbers(int count, int seed) {
    var values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = ((i + seed) * 29 % 17 - 8) / 4f;
    }
    return values;
  }

  /// C = alpha op(A) op(B) + beta C, column after column; every number is exact in f32.
  private static float[] expected(
      int transA,
      int transB,
      int m,
      int n,
      int k,
      float alpha,
      float[] a,
      int lda,
      float[] b,
      int ldb,
      float beta,
      float[] c,
      int ldc) {
    float[] out = c.clone();
    for (int j = 0; j < n; j++) {
      for (int i = 0; i < m; i++) {
        double sum = 0;
        for (int l = 0; l < k; l++) {
          double left = transA == PLAIN ? a[l * lda + i] : a[i * lda + l];
          double right = transB == PLAIN ? b[j * ldb + l] : b[l * ldb + j];
          sum += left * right;
        }
        out[j * ldc + i] = (float) (alpha * sum + beta * c[j * ldc + i]);
      }
    }
    return out;
  }

  @Test
  void multipliesPlainAndTransposedWithinLargerMatrices() {
    int m = 5;
    int n = 4;
    int k = 3;
    for (int transA = PLAIN; transA <= TRANSPOSED; transA++) {
      for (int transB = PLAIN; transB <= TRANSPOSED; transB++) {
        int lda = (transA == PLAIN ? m : k) + 2;
        int ldb = (transB == PLAIN ? k : n) + 1;
        int ldc = m + 3;
        float[] a = numbers(lda * 6, 1);
        float[] b = numbers(ldb * 6, 2);
        float[] c = numbers(ldc * n, 3);
        long out = driver.upload(c);
        driver.check(
            "cublasSgemm_v2",
            blas,
            transA,
            transB,
            m,
            n,
            k,
            scalar(0.5f),
            driver.upload(a),
            lda,
            driver.upload(b),
            ldb,
            scalar(2f),
            out,
            ldc);
        assertArrayEquals(
            expected(transA, transB, m, n, k, 0.5f, a, lda, b, ldb, 2f, c, ldc),
            driver.floats(out, c.length));
      }
    }
  }

  @Test
  void withBetaZeroTheOldContentDoesNotMatter() {
    long c = driver.allocate(4 * 4);
    float[] ones = {1, 1, 1, 1};
    long a = driver.upload(ones);
    driver.check("cublasSgemm_v2", blas, 0, 0, 2, 2, 2, scalar(1f), a, 2, a, 2, scalar(0f), c, 2);
    assertArrayEquals(new float[] {2, 2, 2, 2}, driver.floats(c, 4));
  }

  @Test
  void multipliesBatchesByStridesAndByLists() {
    float[] a = numbers(12, 4);
    float[] b = numbers(12, 5);
    long deviceA = driver.upload(a);
    long deviceB = driver.upload(b);
    long strided = driver.upload(new float[12]);
    driver.check(
        "cublasSgemmStridedBatched",
        blas,
        0,
        0,
        2,
        2,
        2,
        scalar(1f),
        deviceA,
        2,
        4L,
        deviceB,
        2,
        4L,
        scalar(0f),
        strided,
        2,
        4L,
        3);
    long listed = driver.upload(new float[12]);
    driver.check(
        "cublasSgemmBatched",
        blas,
        0,
        0,
        2,
        2,
        2,
        scalar(1f),
        driver.upload(deviceA, deviceA + 16, deviceA + 32),
        2,
        driver.upload(deviceB, deviceB + 16, deviceB + 32),
        2,
        scalar(0f),
        driver.upload(listed, listed + 16, listed + 32),
        2,
        3);
    float[] got = driver.floats(strided, 12);
    assertArrayEquals(got, driver.floats(listed, 12));
    for (int batch = 0; batch < 3; batch++) {
      int at = batch * 4;
      assertEquals(a[at] * b[at] + a[at + 2] * b[at + 1], got[at]);
    }
  }

  @Test
  void multipliesBfloat16IntoF32() {
    MemorySegment halves = driver.arena.allocate(8);
    float[] values = {1.5f, -2f, 0.25f, 3f};
    for (int i = 0; i < 4; i++) {
      halves.setAtIndex(
          ValueLayout.JAVA_SHORT, i, (short) (Float.floatToIntBits(values[i]) >>> 16));
    }
    long a = driver.upload(halves);
    long c = driver.allocate(16);
    driver.check(
        "cublasGemmEx",
        blas,
        0,
        0,
        2,
        2,
        2,
        scalar(1f),
        a,
        BF16,
        2,
        a,
        BF16,
        2,
        scalar(0f),
        c,
        F32,
        2,
        COMPUTE_32F,
        -1);
    assertArrayEquals(
        expected(0, 0, 2, 2, 2, 1f, values, 2, values, 2, 0f, new float[4], 2),
        driver.floats(c, 4));
  }

  @Test
  void roundsSourcesWhenTf32IsAllowed() {
    float x = 1 + 0x1p-12f;
    long a = driver.upload(x);
    long c = driver.allocate(4);
    driver.check("cublasSetMathMode", blas, 3);
    driver.check("cublasSgemm_v2", blas, 0, 0, 1, 1, 1, scalar(1f), a, 1, a, 1, scalar(0f), c, 1);
    assertEquals(1f, driver.floats(c, 1)[0]);
    driver.check("cublasSetMathMode", blas, 0);
    driver.check("cublasSgemm_v2", blas, 0, 0, 1, 1, 1, scalar(1f), a, 1, a, 1, scalar(0f), c, 1);
    assertEquals(x * x, driver.floats(c, 1)[0]);
  }

  @Test
  void runsInItsStreamAndReadsScalarsThereWhenTold() {
    long stream = driver.stream();
    driver.check("cublasSetStream_v2", blas, stream);
    driver.check("cublasSetPointerMode_v2", blas, 1);
    long a = driver.upload(3f);
    long scalars = driver.upload(1f, 0f);
    long c = driver.upload(-1f);
    driver.check("cublasSgemm_v2", blas, 0, 0, 1, 1, 1, scalars, a, 1, a, 1, scalars + 4, c, 1);
    MemorySegment early = driver.arena.allocate(4);
    driver.check("cuMemcpyDtoH_v2", early, c, 4L);
    assertEquals(-1f, early.get(ValueLayout.JAVA_FLOAT, 0));
    driver.check("cuStreamSynchronize", stream);
    assertEquals(9f, driver.floats(c, 1)[0]);
  }

  @Test
  void aMatrixThatReachesBeyondItsMemoryIsNamed() {
    long a = driver.upload(1f, 2f, 3f);
    long c = driver.allocate(16);
    driver.check("cublasSgemm_v2", blas, 0, 0, 2, 2, 2, scalar(1f), a, 2, a, 2, scalar(0f), c, 2);
    assertEquals(RawDriver.ILLEGAL_ADDRESS, driver.call("cuCtxSynchronize"));
    String said = driver.device.describe();
    assertTrue(said.contains("cublasSgemm") && said.contains("an allocation of 12 bytes"), said);
  }

  @Test
  void wrongSizesAreRefusedAtTheCall() {
    long a = driver.upload(new float[16]);
    assertEquals(
        INVALID,
        driver.call(
            "cublasSgemm_v2", blas, 0, 0, 4, 2, 2, scalar(1f), a, 3, a, 2, scalar(0f), a, 4));
    assertTrue(driver.device.describe().contains("a leading dimension of 3 for 4 rows"));
    assertEquals(
        INVALID,
        driver.call(
            "cublasSgemm_v2", blas, 0, 0, -1, 2, 2, scalar(1f), a, 4, a, 4, scalar(0f), a, 4));
  }

  @Test
  void aCaptureNeedsAWorkspaceSetForItsStream() {
    long stream = driver.stream();
    long a = driver.upload(2f);
    long c = driver.upload(0f);
    driver.check("cublasSetStream_v2", blas, stream);
    driver.check("cuStreamBeginCapture_v2", stream, 2);
    Object[] product = {blas, 0, 0, 1, 1, 1, scalar(1f), a, 1, a, 1, scalar(0f), c, 1};
    assertEquals(UNSUPPORTED, driver.call("cublasSgemm_v2", product));
    assertTrue(driver.device.describe().contains("call cublasSetWorkspace before"));
    driver.check("cublasSetWorkspace_v2", blas, driver.allocate(1024), 1024L);
    driver.check("cublasSgemm_v2", product);
    MemorySegment graph = driver.arena.allocate(8);
    driver.check("cuStreamEndCapture", stream, graph);
    long executable =
        driver.handle("cuGraphInstantiateWithFlags", graph.get(ValueLayout.JAVA_LONG, 0), 0L);
    driver.check("cuGraphLaunch", executable, stream);
    assertEquals(4f, driver.floats(c, 1)[0]);
  }
}
