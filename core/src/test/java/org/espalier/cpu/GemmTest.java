package org.espalier.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.espalier.TensorException;
import org.espalier.parallel.Workers;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@SuppressWarnings("ReferenceEquality") // which array a product starts from, not what is in it
@Tag("widths")
class GemmTest {
  private static final float GUARD = 7.5f;

  private static final int[][] SHAPES = {
    {1, 1, 1},
    {2, 3, 5},
    {3, 1, 2},
    {5, 16, 4},
    {7, 13, 19},
    {6, 64, 16},
    {17, 33, 65},
    {12, 48, 20},
    {13, 32, 7},
    {49, 65, 33},
    {50, 50, 18},
    {65, 129, 30},
    {4, 70, 1030},
    {53, 7, 520},
    {191, 35, 40},
    {1, 130, 70},
    {130, 1, 70},
    {56, 128, 33},
    {50, 96, 5},
  };

  /// One random problem: operands inside wider arrays, surrounded by guards.
  private static final class Problem {
    final boolean transA;
    final boolean transB;
    final int m;
    final int n;
    final int k;
    final int lda;
    final int ldb;
    final int ldc;
    final float[] a;
    final float[] b;
    final float[] c;
    final float[] bias;

    Problem(int[] shape, boolean transA, boolean transB, int slack, Random random) {
      this.transA = transA;
      this.transB = transB;
      m = shape[0];
      n = shape[1];
      k = shape[2];
      lda = (transA ? m : k) + slack;
      ldb = (transB ? k : n) + 2 * slack;
      ldc = n + slack;
      a = random(random, (transA ? k : m) * lda + 1);
      b = random(random, (transB ? n : k) * ldb + 2);
      c = random(random, m * ldc + 3 + 70);
      bias = random(random, n + 4);
    }

    double exact(float @Nullable [] start, int i, int j) {
      double sum = start(start, i, j);
      for (int p = 0; p < k; p++) {
        sum += (double) a(i, p) * b(p, j);
      }
      return sum;
    }

    double magnitude(float @Nullable [] start, int i, int j) {
      double sum = Math.abs(start(start, i, j));
      for (int p = 0; p < k; p++) {
        sum += Math.abs((double) a(i, p) * b(p, j));
      }
      return sum;
    }

    float chain(float @Nullable [] start, int i, int j) {
      float sum = start(start, i, j);
      for (int p = 0; p < k; p++) {
        sum = Math.fma(a(i, p), b(p, j), sum);
      }
      return sum;
    }

    float start(float @Nullable [] start, int i, int j) {
      return start == null ? 0 : start == bias ? bias[4 + j] : start[3 + i * ldc + j];
    }

    float a(int i, int p) {
      return a[1 + (transA ? p * lda + i : i * lda + p)];
    }

    float b(int p, int j) {
      return b[2 + (transB ? j * ldb + p : p * ldb + j)];
    }

    float[] multiply(TileKernels kernels, float @Nullable [] start) {
      float[] result = result(start);
      Gemm.multiply(
          kernels,
          transA,
          transB,
          m,
          n,
          k,
          a,
          1,
          lda,
          b,
          2,
          ldb,
          start == c ? result : start,
          start == bias ? 4 : 3,
          start == bias ? 0 : ldc,
          result,
          3,
          ldc);
      return result;
    }

    float[] multiplyPacked(TileKernels kernels, float @Nullable [] start) {
      float[] result = result(start);
      PackedMatrix packed = PackedMatrix.pack(kernels, transB, n, k, b, 2, ldb);
      Gemm.multiplyPacked(
          transA,
          m,
          a,
          1,
          lda,
          packed,
          start == c ? result : start,
          start == bias ? 4 : 3,
          start == bias ? 0 : ldc,
          result,
          3,
          ldc);
      return result;
    }

    float[] multiplyAlone(TileKernels kernels, float @Nullable [] start) {
      float[] result = result(start);
      GemmAlone.multiply(
          kernels,
          transA,
          transB,
          m,
          n,
          k,
          a,
          1,
          lda,
          b,
          2,
          ldb,
          start == null ? GemmScratch.ZERO : start == c ? result : start,
          start == null ? 0 : start == bias ? 4 : 3,
          start == c ? ldc : 0,
          result,
          3,
          ldc);
      return result;
    }

    float[] result(float @Nullable [] start) {
      if (start == c) {
        return c.clone();
      }
      float[] result = new float[c.length];
      Arrays.fill(result, GUARD);
      return result;
    }

    @Override
    public String toString() {
      return m + "x" + n + "x" + k + " transA " + transA + " transB " + transB;
    }
  }

  static float[] random(Random random, int length) {
    float[] x = new float[length];
    for (int i = 0; i < length; i++) {
      x[i] = (float) random.nextGaussian();
    }
    return x;
  }

  static List<TileKernels> kernels() {
    List<TileKernels> all = new ArrayList<>(List.of(TileKernels.of(0)));
    for (int bits = 128; bits <= Simd.BITS; bits *= 2) {
      all.add(TileKernels.of(bits));
    }
    return all;
  }

  private static List<Problem> problems(long seed) {
    System.out.println("GemmTest seed " + seed);
    Random random = new Random(seed);
    List<Problem> problems = new ArrayList<>();
    for (int[] shape : SHAPES) {
      for (int flags = 0; flags < 4; flags++) {
        boolean transA = (flags & 1) != 0;
        boolean transB = (flags & 2) != 0;
        problems.add(new Problem(shape, transA, transB, random.nextInt(4), random));
      }
    }
    return problems;
  }

  @Test
  void agreesWithDoubleArithmeticForAllTransposesAndStarts() {
    for (Problem p : problems(11)) {
      for (float[] start : new float[][] {null, p.bias, p.c}) {
        float[] result = p.multiply(TileKernels.CHOSEN, start);
        for (int i = 0; i < p.m; i++) {
          for (int j = 0; j < p.n; j++) {
            double bound = 2 * 0x1p-24 * Math.sqrt(p.k + 1) * p.magnitude(start, i, j);
            assertEquals(p.exact(start, i, j), result[3 + i * p.ldc + j], bound, p::toString);
          }
        }
      }
    }
  }

  @Test
  void isOneChainOfFusedMultiplyAddsInEveryKernel() {
    for (Problem p : problems(12)) {
      for (float[] start : new float[][] {null, p.bias, p.c}) {
        float[] expected = p.result(start);
        for (int i = 0; i < p.m; i++) {
          for (int j = 0; j < p.n; j++) {
            expected[3 + i * p.ldc + j] = p.chain(start, i, j);
          }
        }
        // The whole array: guards around and between the rows must stay too.
        for (TileKernels kernels : kernels()) {
          assertArrayEquals(expected, p.multiply(kernels, start), p + " in " + kernels);
          assertArrayEquals(expected, p.multiplyPacked(kernels, start), p + " packed " + kernels);
          if (GemmAlone.fits(kernels, p.m, p.n, p.k)) {
            assertArrayEquals(expected, p.multiplyAlone(kernels, start), p + " alone " + kernels);
          }
        }
      }
    }
  }

  @Test
  void givesTheSameBitsOnAnyNumberOfThreads() {
    for (Problem p : problems(13)) {
      float[] expected = p.multiply(TileKernels.of(0), p.c);
      for (int threads : new int[] {1, 2, 4}) {
        Workers.limit(
            threads,
            () -> {
              for (TileKernels kernels : kernels()) {
                assertArrayEquals(expected, p.multiply(kernels, p.c), p + " threads " + threads);
                assertArrayEquals(expected, p.multiplyPacked(kernels, p.c), p + " packed");
              }
            });
      }
    }
  }

  @Test
  void givesARowAloneTheBitsItHasInTheBatch() {
    Random random = new Random(14);
    Problem p = new Problem(new int[] {61, 150, 700}, false, true, 0, random);
    float[] all = p.multiply(TileKernels.CHOSEN, null);
    PackedMatrix packed = PackedMatrix.pack(true, p.n, p.k, p.b, 2, p.ldb);
    for (int i = 0; i < p.m; i += 7) {
      float[] row = new float[p.n];
      int from = 3 + i * p.ldc;
      Gemm.multiplyPacked(false, 1, p.a, 1 + i * p.lda, p.lda, packed, null, 0, 0, row, 0, p.n);
      assertArrayEquals(Arrays.copyOfRange(all, from, from + p.n), row);
    }
  }

  @Test
  void blocksLargeProductsWithoutChangingBits() {
    Random random = new Random(15);
    // More columns than are packed at once, more rows than are transposed at once.
    for (int[] shape : new int[][] {{50, 1700, 520}, {200, 20, 530}}) {
      for (int flags = 0; flags < 4; flags++) {
        Problem p = new Problem(shape, (flags & 1) != 0, (flags & 2) != 0, 1, random);
        float[] result = p.multiply(TileKernels.CHOSEN, p.bias);
        for (int sample = 0; sample < 3000; sample++) {
          int i = random.nextInt(p.m);
          int j = random.nextInt(p.n);
          assertEquals(p.chain(p.bias, i, j), result[3 + i * p.ldc + j], p.toString());
        }
        assertArrayEquals(result, p.multiplyPacked(TileKernels.CHOSEN, p.bias), p.toString());
      }
    }
  }

  @Test
  void multipliesBatchesWithSharedAndStridedOperands() {
    Random random = new Random(16);
    int[][] cases = {
      {5, 9, 20, 12}, {7, 40, 33, 50}, {2, 260, 200, 210}, {1, 3, 3, 3}, {9, 50, 70, 20}
    };
    for (int[] shape : cases) {
      int batch = shape[0];
      int m = shape[1];
      int n = shape[2];
      int k = shape[3];
      float[] a = random(random, batch * m * k);
      float[] b = random(random, k * n);
      float[] start = random(random, batch * n);
      float[] expected = new float[batch * (m * n + 5)];
      for (int i = 0; i < batch; i++) {
        Gemm.multiply(
            false,
            false,
            m,
            n,
            k,
            a,
            i * m * k,
            k,
            b,
            0,
            n,
            start,
            i * n,
            0,
            expected,
            i * (m * n + 5),
            n);
      }
      for (int threads : new int[] {1, 2, 4}) {
        float[] c = new float[expected.length];
        Workers.limit(
            threads,
            () ->
                Gemm.batched(
                    batch, false, false, m, n, k, a, 0, k, m * k, b, 0, n, 0, start, 0, 0, n, c, 0,
                    n, m * n + 5));
        assertArrayEquals(expected, c);
      }
    }
  }

  @Test
  void repacksInPlace() {
    Random random = new Random(17);
    float[] first = random(random, 40 * 70);
    float[] second = random(random, 40 * 70);
    float[] a = random(random, 3 * 40);
    PackedMatrix packed = PackedMatrix.pack(false, 70, 40, first, 0, 70);
    packed.repack(false, second, 0, 70);
    float[] c = new float[3 * 70];
    float[] expected = new float[3 * 70];
    Gemm.multiplyPacked(false, 3, a, 0, 40, packed, null, 0, 0, c, 0, 70);
    Gemm.multiply(false, false, 3, 70, 40, a, 0, 40, second, 0, 70, null, 0, 0, expected, 0, 70);
    assertArrayEquals(expected, c);
  }

  @Test
  void copiesTheStartWhenTheInnerDimensionIsEmpty() {
    float[] none = new float[0];
    float[] bias = {1, 2, 3};
    float[] c = {9, 9, 9, 9, 9, 9};
    Gemm.multiply(false, false, 2, 3, 0, none, 0, 0, none, 0, 3, bias, 0, 0, c, 0, 3);
    assertArrayEquals(new float[] {1, 2, 3, 1, 2, 3}, c);
    Gemm.multiply(false, false, 2, 3, 0, none, 0, 0, none, 0, 3, null, 0, 0, c, 0, 3);
    assertArrayEquals(new float[6], c);
    PackedMatrix empty = PackedMatrix.pack(true, 3, 0, none, 0, 0);
    Gemm.multiplyPacked(false, 2, none, 0, 0, empty, bias, 0, 0, c, 0, 3);
    assertArrayEquals(new float[] {1, 2, 3, 1, 2, 3}, c);
  }

  @Test
  void writesNothingWhenAnOuterDimensionIsEmpty() {
    float[] none = new float[0];
    float[] b = new float[12];
    Gemm.multiply(false, false, 0, 3, 4, none, 0, 4, b, 0, 3, null, 0, 0, none, 0, 3);
    Gemm.multiply(true, true, 4, 0, 3, b, 0, 4, none, 0, 3, null, 0, 0, none, 0, 0);
    Gemm.batched(
        0, false, false, 2, 2, 2, none, 0, 2, 4, none, 0, 2, 4, null, 0, 0, 0, none, 0, 2, 4);
  }

  @Test
  void carriesNanAndInfinityToTheirRowAndColumnOnly() {
    Random random = new Random(18);
    int m = 20;
    int n = 70;
    int k = 30;
    float[] a = random(random, m * k);
    float[] b = random(random, k * n);
    a[3 * k + 5] = Float.NaN;
    b[7 * n + 11] = Float.POSITIVE_INFINITY;
    for (TileKernels kernels : kernels()) {
      float[] c = new float[m * n];
      Gemm.multiply(kernels, false, false, m, n, k, a, 0, k, b, 0, n, null, 0, 0, c, 0, n);
      for (int i = 0; i < m; i++) {
        for (int j = 0; j < n; j++) {
          assertEquals(i != 3 && j != 11, Float.isFinite(c[i * n + j]), i + "," + j);
        }
      }
    }
  }

  @Test
  void refusesMatricesOutsideTheirArrays() {
    float[] x = new float[12];
    float[] small = new float[5];
    TensorException thrown =
        assertThrows(
            TensorException.class,
            () -> Gemm.multiply(false, false, 3, 3, 4, x, 0, 4, x, 0, 3, null, 0, 0, small, 0, 3));
    assertTrue(
        String.valueOf(thrown.getMessage()).contains("Matrix c of 3 x 3"), thrown.getMessage());
    assertThrows(
        TensorException.class,
        () -> Gemm.multiply(false, false, 3, 3, 4, x, 1, 4, x, 0, 3, null, 0, 0, x, 0, 3));
    assertThrows(
        TensorException.class,
        () -> Gemm.multiply(false, false, 3, 3, 4, x, 0, 4, x, 0, 3, null, 0, 0, x, 0, 2));
    assertThrows(
        TensorException.class,
        () ->
            Gemm.batched(
                2, false, false, 1, 1, 1, x, 0, 1, 1, x, 0, 1, 1, null, 0, 0, 0, x, 0, 1, 0));
    float[] room = new float[2 * 50 * 50];
    float[] less = new float[2 * 50 * 50 - 1];
    float[] zeros = new float[room.length];
    for (int which = 0; which < 3; which++) {
      float[] a = which == 0 ? less : room;
      float[] b = which == 1 ? less : room;
      float[] c = which == 2 ? less : zeros;
      assertThrows(
          TensorException.class,
          () ->
              Gemm.batched(
                  2, false, false, 50, 50, 50, a, 0, 50, 2500, b, 0, 50, 2500, null, 0, 0, 0, c, 0,
                  50, 2500));
      assertArrayEquals(new float[c.length], c);
    }
  }
}
