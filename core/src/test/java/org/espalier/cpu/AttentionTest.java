package org.espalier.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.espalier.Shape;
import org.espalier.TensorException;
import org.espalier.parallel.Workers;
import org.espalier.spi.BoolStorage;
import org.espalier.spi.FusedKernel.AttentionMask;
import org.espalier.spi.Layout;
import org.espalier.spi.View;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("widths")
class AttentionTest {
  @Test
  void forwardAgreesWithDoubleArithmetic() {
    for (AttentionProblem p : AttentionProblem.random(21)) {
      p.forward(TileKernels.CHOSEN);
      double[] expected = new double[p.dim];
      for (int s = 0; s + 1 < p.offsetsQ.length; s++) {
        for (int i = 0; i < p.offsetsQ[s + 1] - p.offsetsQ[s]; i++) {
          for (int h = 0; h < p.heads; h++) {
            double lse = p.row(s, i, h, expected);
            int row = p.offsetsQ[s] + i;
            assertEquals(lse, p.lse[3 + row * p.heads + h], 4e-6, p::toString);
            for (int d = 0; d < p.dim; d++) {
              float actual = p.out[2 + row * p.ldq + h * p.dim + d];
              assertEquals(expected[d], actual, 6e-6, p::toString);
            }
          }
        }
      }
      p.assertGuards();
    }
  }

  @Test
  void backwardAgreesWithFiniteDifferences() {
    Random random = new Random(5);
    for (AttentionProblem p : AttentionProblem.random(22)) {
      p.forward(TileKernels.CHOSEN);
      p.backward(TileKernels.CHOSEN);
      p.assertGuards();
      for (int s = 0; s + 1 < p.offsetsQ.length; s++) {
        int queries = p.offsetsQ[s + 1] - p.offsetsQ[s];
        int keys = p.offsetsK[s + 1] - p.offsetsK[s];
        for (int sample = 0; sample < 12; sample++) {
          if (queries > 0) {
            int at =
                2
                    + (p.offsetsQ[s] + random.nextInt(queries)) * p.ldq
                    + random.nextInt(p.heads * p.dim);
            assertEquals(p.slope(s, p.q, at), p.dq[at], 3e-5, p + " dq");
          }
          if (keys > 0) {
            int at =
                2
                    + (p.offsetsK[s] + random.nextInt(keys)) * p.ldk
                    + random.nextInt(p.kvHeads * p.dim);
            assertEquals(p.slope(s, p.k, at), p.dk[at], 3e-5, p + " dk");
            assertEquals(p.slope(s, p.v, at), p.dv[at], 3e-5, p + " dv");
          }
        }
      }
    }
  }

  @Test
  void givesTheSameBitsInEveryMatrixKernelAndOnAnyNumberOfThreads() {
    for (AttentionProblem p : AttentionProblem.random(23)) {
      p.forward(TileKernels.of(0));
      p.backward(TileKernels.of(0));
      float[][] expected = {p.out.clone(), p.lse.clone(), p.dq.clone(), p.dk.clone(), p.dv.clone()};
      for (TileKernels kernels : GemmTest.kernels()) {
        for (int threads : new int[] {1, 2, 4}) {
          for (float[] x : new float[][] {p.out, p.lse, p.dq, p.dk, p.dv}) {
            Arrays.fill(x, AttentionProblem.GUARD);
          }
          Workers.limit(
              threads,
              () -> {
                p.forward(kernels);
                p.backward(kernels);
              });
          String what = p + " " + kernels + " threads " + threads;
          assertArrayEquals(expected[0], p.out, what);
          assertArrayEquals(expected[1], p.lse, what);
          assertArrayEquals(expected[2], p.dq, what);
          assertArrayEquals(expected[3], p.dk, what);
          assertArrayEquals(expected[4], p.dv, what);
        }
      }
    }
  }

  @Test
  void givesASequenceAloneTheBitsItHasInTheBatch() {
    Random random = new Random(24);
    int[] lengths = {11, 40, 3};
    for (boolean causal : new boolean[] {false, true}) {
      AttentionProblem p = new AttentionProblem(lengths, lengths, 4, 2, 32, causal, 0, random);
      p.forward(TileKernels.CHOSEN);
      p.backward(TileKernels.CHOSEN);
      float[][] batch = {p.out.clone(), p.dq.clone(), p.dk.clone(), p.dv.clone()};
      for (float[] x : new float[][] {p.out, p.dq, p.dk, p.dv}) {
        Arrays.fill(x, AttentionProblem.GUARD);
      }
      AttentionLayout one =
          new AttentionLayout(
              1,
              p.offsetsQ,
              1,
              54,
              p.offsetsK,
              1,
              54,
              4,
              2,
              32,
              p.scale,
              causal ? AttentionMask.CAUSAL : AttentionMask.NONE,
              0,
              99,
              4);
      Attention.forward(
          one, p.q, 2, p.ldq, p.k, 2, p.ldk, p.v, 2, p.ldk, p.out, 2, p.ldq, p.lse, 3);
      Attention.backward(
          one, p.q, 2, p.ldq, p.k, 2, p.ldk, p.v, 2, p.ldk, p.out, 2, p.ldq, p.lse, 3, p.dout, 2,
          p.ldq, p.dq, 2, p.ldq, p.dk, 2, p.ldk, p.dv, 2, p.ldk);
      assertRows(batch[0], p.out, 11, 51, p.ldq);
      assertRows(batch[1], p.dq, 11, 51, p.ldq);
      assertRows(batch[2], p.dk, 11, 51, p.ldk);
      assertRows(batch[3], p.dv, 11, 51, p.ldk);
    }
  }

  private static void assertRows(float[] expected, float[] actual, int from, int to, int ld) {
    assertRows(expected, actual, from, to, ld, ld);
  }

  private static void assertRows(
      float[] expected, float[] actual, int from, int to, int ld, int columns) {
    for (int r = from; r < to; r++) {
      int at = 2 + r * ld;
      assertArrayEquals(
          Arrays.copyOfRange(expected, at, at + columns),
          Arrays.copyOfRange(actual, at, at + columns));
    }
  }

  @Test
  void givesALastQueryWithCachedKeysTheBitsItHasInTheWholeSequence() {
    Random random = new Random(25);
    AttentionProblem p =
        new AttentionProblem(new int[] {45}, new int[] {45}, 2, 2, 16, true, 0, random);
    p.forward(TileKernels.CHOSEN);
    for (int i = 0; i < 45; i += 4) {
      int[] query = {i, i + 1};
      int[] seen = {0, i + 1};
      AttentionLayout step =
          new AttentionLayout(
              1, query, 0, 45, seen, 0, 45, 2, 2, 16, p.scale, AttentionMask.CAUSAL, 0, 99, 4);
      float[] out = new float[p.out.length];
      float[] lse = new float[p.lse.length];
      Attention.forward(step, p.q, 2, p.ldq, p.k, 2, p.ldk, p.v, 2, p.ldk, out, 2, p.ldq, lse, 3);
      for (int d = 0; d < 32; d++) {
        assertEquals(p.out[2 + i * p.ldq + d], out[2 + i * p.ldq + d]);
      }
      assertEquals(p.lse[3 + i * 2], lse[3 + i * 2]);
    }
  }

  @Test
  void givesAQueryTheBitsItHasInTheWholeWithNoMoreThanItsWindowOfKeys() {
    Random random = new Random(29);
    int window = 7;
    AttentionProblem p =
        new AttentionProblem(
            new int[] {83}, new int[] {83}, 2, 1, 16, AttentionProblem.window(true, 7), 0, random);
    p.forward(TileKernels.CHOSEN);
    for (int i = 0; i < 83; i += 6) {
      for (int oldest : new int[] {0, Math.max(0, i - window + 1)}) {
        int[] query = {i, i + 1};
        int[] cached = {oldest, i + 1};
        AttentionLayout step =
            new AttentionLayout(
                1, query, 0, 83, cached, 0, 83, 2, 1, 16, p.scale, p.mask, 0, 99, 4);
        float[] out = new float[p.out.length];
        float[] lse = new float[p.lse.length];
        Attention.forward(step, p.q, 2, p.ldq, p.k, 2, p.ldk, p.v, 2, p.ldk, out, 2, p.ldq, lse, 3);
        assertRows(p.out, out, i, i + 1, p.ldq, 32);
        assertEquals(p.lse[3 + i * 2], lse[3 + i * 2]);
      }
    }
  }

  @Test
  void givesAMaskThatSaysCausalTheBitsOfCausal() {
    Random random = new Random(30);
    AttentionProblem p =
        new AttentionProblem(new int[] {40}, new int[] {47}, 2, 1, 16, true, 0, random);
    p.forward(TileKernels.CHOSEN);
    p.backward(TileKernels.CHOSEN);
    float[][] expected = {p.out.clone(), p.lse.clone(), p.dq.clone(), p.dk.clone(), p.dv.clone()};
    byte[] yes = new byte[40 * 47];
    for (int at = 0; at < yes.length; at++) {
      yes[at] = (byte) (at % 47 <= at / 47 + 7 ? 1 : 0);
    }
    View view =
        new View(new BoolStorage(yes, yes.length, null), Layout.contiguous(Shape.of(1, 1, 40, 47)));
    AttentionLayout masked =
        new AttentionLayout(
            1,
            p.offsetsQ,
            0,
            40,
            p.offsetsK,
            0,
            47,
            2,
            1,
            16,
            p.scale,
            new AttentionMask(false, 0, null, view),
            0,
            99,
            4);
    for (float[] x : new float[][] {p.out, p.lse, p.dq, p.dk, p.dv}) {
      Arrays.fill(x, AttentionProblem.GUARD);
    }
    Attention.forward(
        masked, p.q, 2, p.ldq, p.k, 2, p.ldk, p.v, 2, p.ldk, p.out, 2, p.ldq, p.lse, 3);
    Attention.backward(
        masked, p.q, 2, p.ldq, p.k, 2, p.ldk, p.v, 2, p.ldk, p.out, 2, p.ldq, p.lse, 3, p.dout, 2,
        p.ldq, p.dq, 2, p.ldq, p.dk, 2, p.ldk, p.dv, 2, p.ldk);
    assertArrayEquals(expected[0], p.out);
    assertArrayEquals(expected[1], p.lse);
    assertArrayEquals(expected[2], p.dq);
    assertArrayEquals(expected[3], p.dk);
    assertArrayEquals(expected[4], p.dv);
  }

  @Test
  void aQueryThatSeesNothingGivesZeroAndGetsNoGradientWhateverElseItHolds() {
    Random random = new Random(31);
    AttentionProblem p =
        new AttentionProblem(
            new int[] {5},
            new int[] {6},
            2,
            1,
            8,
            AttentionProblem.allowed(false, 1, 1, 5, 6, random),
            0,
            random);
    Arrays.fill(p.lse, Float.NaN);
    p.forward(TileKernels.CHOSEN);
    p.backward(TileKernels.CHOSEN);
    for (int d = 0; d < 16; d++) {
      assertEquals(0, p.out[2 + p.ldq + d]);
      assertEquals(0, p.dq[2 + p.ldq + d]);
    }
    assertEquals(Float.NEGATIVE_INFINITY, p.lse[3 + 2]);
    assertTrue(Float.isFinite(p.dk[2]) && Float.isFinite(p.dv[2]));
  }

  @Test
  void takesThousandsOfKeysInTilesOfFewRows() {
    Random random = new Random(26);
    AttentionProblem p =
        new AttentionProblem(new int[] {15}, new int[] {5000}, 1, 1, 8, true, 0, random);
    p.forward(TileKernels.CHOSEN);
    p.backward(TileKernels.CHOSEN);
    double[] expected = new double[8];
    for (int i = 0; i < 15; i++) {
      double lse = p.row(0, i, 0, expected);
      assertEquals(lse, p.lse[3 + i], 1e-5);
      for (int d = 0; d < 8; d++) {
        assertEquals(expected[d], p.out[2 + i * p.ldq + d], 1e-5);
      }
    }
    int at = 2 + 4321 * p.ldk + 3;
    assertEquals(p.slope(0, p.k, at), p.dk[at], 1e-5);
    assertEquals(p.slope(0, p.v, at), p.dv[at], 1e-5);
  }

  @Test
  void dropsEverythingWithoutNanWhenDropoutIsOne() {
    Random random = new Random(27);
    AttentionProblem p =
        new AttentionProblem(new int[] {4}, new int[] {6}, 1, 1, 8, false, 1, random);
    p.forward(TileKernels.CHOSEN);
    p.backward(TileKernels.CHOSEN);
    for (int i = 0; i < 4; i++) {
      for (int d = 0; d < 8; d++) {
        assertEquals(0, p.out[2 + i * p.ldq + d]);
        assertEquals(0, p.dq[2 + i * p.ldq + d]);
      }
    }
  }

  @Test
  void refusesSenselessLayouts() {
    int[] good = {0, 2};
    int[] bad = {2, 0};
    assertThrows(
        TensorException.class,
        () ->
            new AttentionLayout(
                1, good, 0, 2, good, 0, 2, 4, 3, 8, 1, AttentionMask.NONE, 0, 0, 0));
    assertThrows(
        TensorException.class,
        () ->
            new AttentionLayout(1, good, 0, 2, bad, 0, 2, 4, 2, 8, 1, AttentionMask.NONE, 0, 0, 0));
    assertThrows(
        TensorException.class,
        () ->
            new AttentionLayout(
                1, good, 0, 2, good, 0, 2, 4, 2, 8, Double.NaN, AttentionMask.NONE, 0, 0, 0));
    for (int[] rows : new int[][] {{1, 2}, {2, 1}}) {
      assertThrows(
          TensorException.class,
          () ->
              new AttentionLayout(
                  1, good, 0, rows[0], good, 0, rows[1], 1, 1, 8, 1, AttentionMask.NONE, 0, 0, 0));
    }
    AttentionMask narrow = AttentionProblem.allowed(false, 1, 1, 2, 1, new Random(1));
    AttentionMask both = new AttentionMask(true, 3, AttentionProblem.prefixes(1).prefixes(), null);
    for (AttentionMask mask :
        new AttentionMask[] {
          narrow, both, AttentionProblem.window(true, -1), AttentionProblem.prefixes()
        }) {
      assertThrows(
          TensorException.class,
          () -> new AttentionLayout(1, good, 0, 2, good, 0, 2, 4, 2, 8, 1, mask, 0, 0, 0));
    }
    float[] small = new float[10];
    AttentionLayout layout =
        new AttentionLayout(1, good, 0, 2, good, 0, 2, 1, 1, 8, 1, AttentionMask.NONE, 0, 0, 0);
    assertThrows(
        TensorException.class,
        () ->
            Attention.forward(
                layout, small, 0, 8, small, 0, 8, small, 0, 8, small, 0, 8, small, 0));
  }
}
