package org.espalier.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.espalier.spi.BinaryKernel;
import org.espalier.spi.UnaryKernel;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The chosen kernels against the plain loops, bit by bit, and the plain loops against double.
@Tag("widths")
class RowKernelsTest {
  private static final int[] LENGTHS = lengths();
  private static final float[] SPECIAL = {
    0f,
    -0f,
    1f,
    -1f,
    Float.NaN,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.MIN_VALUE,
    -Float.MIN_VALUE,
    Float.MIN_NORMAL,
    Float.MAX_VALUE,
    -Float.MAX_VALUE,
    88.72283f,
    88.72284f,
    -87.3365f,
    -87.33651f,
    -200f,
    1e-20f,
    16f,
    -16f,
    0.625f,
    13.3f,
    -13.3f,
    Float.intBitsToFloat(0x7FC12345),
    Float.intBitsToFloat(0xFF812345)
  };

  /// One kernel, called with three inputs and two outputs at uneven offsets; the sum, if any, is
  /// stored in `out[0]`.
  private interface Call {
    void on(RowKernels k, float[] a, float[] b, float[] c, float[] y, float[] z, int n);
  }

  private record Case(String name, Call call) {}

  private static final List<Case> CASES = cases();

  private static int[] lengths() {
    int[] l = new int[42];
    for (int i = 0; i <= 34; i++) {
      l[i] = i;
    }
    System.arraycopy(new int[] {47, 48, 49, 63, 64, 70, 1100}, 0, l, 35, 7);
    return l;
  }

  private static List<Case> cases() {
    List<Case> l = new ArrayList<>();
    l.add(new Case("max", (k, a, b, c, y, z, n) -> y[2] = k.max(a, 1, n)));
    l.add(new Case("min", (k, a, b, c, y, z, n) -> y[2] = k.min(a, 1, n)));
    l.add(new Case("sum", (k, a, b, c, y, z, n) -> y[2] = k.sum(a, 1, n)));
    l.add(new Case("dot", (k, a, b, c, y, z, n) -> y[2] = k.dot(a, 1, b, 3, n)));
    l.add(
        new Case(
            "squaredDeviations",
            (k, a, b, c, y, z, n) -> y[2] = k.squaredDeviations(a, 1, n, 0.3f)));
    l.add(new Case("exp", (k, a, b, c, y, z, n) -> k.exp(a, 1, y, 2, n, 0.7f, 0.4f)));
    l.add(new Case("expSum", (k, a, b, c, y, z, n) -> z[0] = k.expSum(a, 1, y, 2, n, 0.7f, 0.4f)));
    l.add(new Case("scale", (k, a, b, c, y, z, n) -> k.scale(a, 1, y, 2, n, 0.7f)));
    l.add(new Case("subtract", (k, a, b, c, y, z, n) -> k.subtract(a, 1, y, 2, n, 0.7f)));
    l.add(
        new Case(
            "softmaxBackward",
            (k, a, b, c, y, z, n) -> k.softmaxBackward(a, 1, b, 3, y, 2, n, 0.2f)));
    l.add(
        new Case(
            "logSoftmaxBackward",
            (k, a, b, c, y, z, n) -> k.logSoftmaxBackward(a, 1, b, 3, y, 2, n, 0.2f)));
    l.add(
        new Case(
            "normalize",
            (k, a, b, c, y, z, n) -> k.normalize(a, 1, b, 3, c, 0, y, 2, n, 0.1f, 1.7f)));
    l.add(new Case("weightedSum", (k, a, b, c, y, z, n) -> y[2] = k.weightedSum(a, 1, b, 3, n)));
    l.add(
        new Case(
            "weightedDot",
            (k, a, b, c, y, z, n) -> y[2] = k.weightedDot(a, 1, b, 3, c, 0, n, 0.1f, 1.7f)));
    l.add(
        new Case(
            "normalizeBackward",
            (k, a, b, c, y, z, n) ->
                k.normalizeBackward(a, 1, b, 3, c, 0, y, 2, n, 0.1f, 1.7f, 0.3f, -0.2f)));
    l.add(
        new Case(
            "accumulateNorm",
            (k, a, b, c, y, z, n) -> k.accumulateNorm(a, 1, b, 3, y, 2, z, 1, n, 0.1f, 1.7f)));
    l.add(new Case("log", (k, a, b, c, y, z, n) -> k.log(a, 1, y, 2, n)));
    l.add(new Case("tanh", (k, a, b, c, y, z, n) -> k.tanh(a, 1, y, 2, n)));
    l.add(new Case("sigmoid", (k, a, b, c, y, z, n) -> k.sigmoid(a, 1, y, 2, n)));
    l.add(new Case("log1p", (k, a, b, c, y, z, n) -> k.log1p(a, 1, y, 2, n)));
    l.add(new Case("expm1", (k, a, b, c, y, z, n) -> k.expm1(a, 1, y, 2, n)));
    l.add(new Case("silu", (k, a, b, c, y, z, n) -> k.silu(a, 1, y, 2, n)));
    l.add(new Case("erf", (k, a, b, c, y, z, n) -> k.erf(a, 1, y, 2, n)));
    l.add(new Case("gelu", (k, a, b, c, y, z, n) -> k.gelu(a, 1, y, 2, n)));
    l.add(new Case("geluTanh", (k, a, b, c, y, z, n) -> k.geluTanh(a, 1, y, 2, n)));
    l.add(new Case("geluBackward", (k, a, b, c, y, z, n) -> k.geluBackward(a, 1, b, 3, y, 2, n)));
    l.add(
        new Case(
            "geluTanhBackward", (k, a, b, c, y, z, n) -> k.geluTanhBackward(a, 1, b, 3, y, 2, n)));
    l.add(
        new Case("dropout", (k, a, b, c, y, z, n) -> k.dropout(a, 1, y, 2, n, 12345, 6554, 1.1f)));
    l.add(
        new Case(
            "dropout of everything",
            (k, a, b, c, y, z, n) -> k.dropout(a, 1, y, 2, n, 12345, 65536, 0f)));
    for (BinaryKernel op : BinaryKernel.values()) {
      if (!op.isComparison() && op != BinaryKernel.POW) {
        l.add(
            new Case(op + " of rows", (k, a, b, c, y, z, n) -> k.binary(op, a, 1, b, 3, y, 2, n)));
        l.add(
            new Case(
                op + " with a scalar", (k, a, b, c, y, z, n) -> k.binary(op, a, 1, 0.7f, y, 2, n)));
        l.add(
            new Case(
                op + " of a scalar", (k, a, b, c, y, z, n) -> k.binary(op, 0.7f, a, 1, y, 2, n)));
      }
    }
    for (BinaryKernel op : BinaryKernel.values()) {
      if (op.isComparison()) {
        byte[] flags = new byte[1101];
        l.add(
            new Case(
                op.toString(),
                (k, a, b, c, y, z, n) -> {
                  k.compare(op, a, 1, b, 3, flags, 1, n);
                  for (int i = 0; i < n; i++) {
                    y[2 + i] = flags[1 + i];
                  }
                }));
      }
    }
    for (UnaryKernel op :
        List.of(
            UnaryKernel.NEG,
            UnaryKernel.ABS,
            UnaryKernel.SQRT,
            UnaryKernel.RSQRT,
            UnaryKernel.RECIPROCAL,
            UnaryKernel.SQUARE,
            UnaryKernel.RELU,
            UnaryKernel.SIGN)) {
      l.add(new Case(op.toString(), (k, a, b, c, y, z, n) -> k.unary(op, a, 1, y, 2, n)));
    }
    l.add(
        new Case(
            "adamW",
            (k, a, b, c, y, z, n) ->
                k.adamW(
                    y, 2, a, 1, z, 3, b, 0, n, 0.5f, 0.99f, 0.9f, 0.1f, 0.999f, 0.001f, 1e-3f, 1.3f,
                    1e-8f)));
    return l;
  }

  private static float[] normal(Random r, int n, double deviation) {
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = (float) (r.nextGaussian() * deviation);
    }
    return x;
  }

  private static void assertSameBits(Case c, int n, float[] a, float[] b, float[] w) {
    float[] y1 = new float[n + 5];
    float[] z1 = new float[n + 5];
    Arrays.fill(y1, 0.5f);
    Arrays.fill(z1, 0.5f);
    float[] y2 = y1.clone();
    float[] z2 = z1.clone();
    c.call.on(new ScalarRows(), a, b.clone(), w, y1, z1, n); // AdamW writes b, too
    c.call.on(Rows.KERNELS, a, b.clone(), w, y2, z2, n);
    // assertArrayEquals compares floatToIntBits: all NaNs alike, -0 and +0 apart
    assertArrayEquals(y1, y2, c.name + " of " + n);
    assertArrayEquals(z1, z2, c.name + " of " + n);
  }

  @Test
  void givesTheBitsOfThePlainLoopsForEveryLength() {
    Random r = new Random(11);
    for (Case c : CASES) {
      for (int n : LENGTHS) {
        assertSameBits(c, n, normal(r, n + 5, 3), normal(r, n + 5, 1), normal(r, n + 5, 1));
      }
    }
  }

  @Test
  void givesTheBitsOfThePlainLoopsForSpecialValues() {
    Random r = new Random(12);
    for (Case c : CASES) {
      for (int n : new int[] {7, 33}) {
        for (float s : SPECIAL) {
          float[] a = normal(r, n + 5, 40);
          a[1 + r.nextInt(n)] = s;
          assertSameBits(c, n, a, normal(r, n + 5, 1), normal(r, n + 5, 1));
          Arrays.fill(a, s);
          assertSameBits(c, n, a, normal(r, n + 5, 1), normal(r, n + 5, 1));
        }
      }
    }
  }

  @Test
  void addsOnSixteenLanesInAFixedTree() {
    Random r = new Random(14);
    for (int n : LENGTHS) {
      float[] x = normal(r, n, 1);
      float[] l = new float[16];
      for (int i = 0; i < n; i++) {
        l[i % 16] += x[i];
      }
      float[] p = new float[8];
      for (int i = 0; i < 8; i++) {
        p[i] = l[i] + l[i + 8];
      }
      float expected = ((p[0] + p[4]) + (p[2] + p[6])) + ((p[1] + p[5]) + (p[3] + p[7]));
      assertEquals(expected, Rows.KERNELS.sum(x, 0, n), "sum of " + n);
    }
  }

  @Test
  void letsNaNWinAMaximumWhereverItStands() {
    for (int n = 1; n < 70; n++) {
      for (int at = 0; at < n; at++) {
        float[] x = new float[n];
        Arrays.fill(x, -3);
        x[at] = Float.NaN;
        assertTrue(
            Float.isNaN(Rows.KERNELS.max(x, 0, n)) && Float.isNaN(Rows.KERNELS.min(x, 0, n)));
        x[at] = 5;
        assertEquals(5, Rows.KERNELS.max(x, 0, n));
        assertEquals(n == 1 ? 5 : -3, Rows.KERNELS.min(x, 0, n));
      }
    }
    assertEquals(Float.NEGATIVE_INFINITY, Rows.KERNELS.max(new float[0], 0, 0));
    assertEquals(Float.POSITIVE_INFINITY, Rows.KERNELS.min(new float[0], 0, 0));
  }

  /// Vectors that C2 does not keep in registers are boxed: allocation is what shows it. The
  /// compiler may need a while.
  @Test
  void allocatesNothingAndKeepsItsBitsOnceCompiled() throws InterruptedException {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Random r = new Random(15);
    float[] a = normal(r, 1005, 3);
    float[] b = normal(r, 1005, 1);
    float[] y = new float[1005];
    float[] z = new float[1005];
    Map<Case, Long> boxing = new LinkedHashMap<>();
    CASES.forEach(c -> boxing.put(c, Long.MAX_VALUE));
    for (int attempt = 0; attempt < 400 && !boxing.isEmpty(); attempt++) {
      if (attempt > 20) {
        Thread.sleep(25);
      }
      boxing.replaceAll((c, _) -> {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 200; i++) {
          c.call.on(Rows.KERNELS, a, b, b, y, z, 30 + (i & 31));
        }
        return threads.getCurrentThreadAllocatedBytes() - before;
      });
      boxing.values().removeIf(bytes -> bytes <= 4000);
    }
    assertEquals(Map.of(), boxing, "bytes allocated in 200 calls");
    for (Case c : CASES) {
      assertSameBits(c, 1000, a, b, b);
    }
  }
}
