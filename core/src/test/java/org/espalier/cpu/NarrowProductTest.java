package org.espalier.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Narrow products have the chains of the tiles: bit for bit the same numbers.
@Tag("widths")
class NarrowProductTest {
  @ParameterizedTest
  @CsvSource({
    "1, 1, 1",
    "16, 5, 192",
    "16, 2, 192",
    "3, 8, 40",
    "5, 100, 16",
    "8, 65, 7",
    "2, 128, 1",
    "7, 1, 300",
    "40, 3, 9"
  })
  void givesTheBitsOfTheTilesInEveryForm(int m, int n, int k) {
    Random random = new Random(m * 31L + n * 7L + k);
    for (int form = 0; form < 16; form++) {
      boolean transA = (form & 1) != 0;
      boolean transB = (form & 2) != 0;
      boolean started = (form & 4) != 0;
      boolean oneRow = (form & 8) != 0;
      int lda = (transA ? m : k) + 3;
      int ldb = (transB ? k : n) + 2;
      int ldc = n + 1;
      float[] a = values(random, 5 + (transA ? k : m) * lda);
      float[] b = values(random, 7 + (transB ? n : k) * ldb);
      float[] z = started ? values(random, 2 + m * ldc) : null;
      float[] expected = values(random, 3 + m * ldc);
      float[] actual = expected.clone();
      int ldz = oneRow ? 0 : ldc;
      Gemm.multiply(
          TileKernels.CHOSEN,
          transA,
          transB,
          m,
          n,
          k,
          a,
          5,
          lda,
          b,
          7,
          ldb,
          z,
          2,
          ldz,
          expected,
          3,
          ldc);
      NarrowProduct.multiply(
          transA,
          transB,
          m,
          n,
          k,
          a,
          5,
          lda,
          b,
          7,
          ldb,
          z == null ? new float[1] : z,
          z == null ? 0 : 2,
          z == null ? 0 : ldz,
          z == null ? 0 : 1,
          actual,
          3,
          ldc);
      assertArrayEquals(expected, actual, "form " + form);
      float[] chosen = expected.clone();
      Gemm.multiply(transA, transB, m, n, k, a, 5, lda, b, 7, ldb, z, 2, ldz, chosen, 3, ldc);
      assertArrayEquals(expected, chosen, "form " + form + " as products choose");
    }
  }

  private static float[] values(Random random, int n) {
    float[] v = new float[n];
    for (int i = 0; i < n; i++) {
      v[i] = (float) random.nextGaussian();
    }
    return v;
  }

  @org.junit.jupiter.api.Test
  void isForLittleWorkAlone() {
    assertTrue(NarrowProduct.fits(false, 16, 5, 192));
    assertTrue(NarrowProduct.fits(true, 5, 192, 16));
    assertFalse(NarrowProduct.fits(false, 1, 64, 64), "a row of a small model has full vectors");
    assertFalse(NarrowProduct.fits(false, 2048, 5, 192));
  }
}
