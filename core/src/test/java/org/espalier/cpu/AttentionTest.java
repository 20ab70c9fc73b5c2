package org.espalier.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Random;
import org.espalier.Shape;
import org.espalier.TensorException;
import org.espalier.parallel.Workers;
import org.espalier.random.DropoutMask;
import org.espalier.spi.BoolStorage;
import org.espalier.spi.FusedKernel.AttentionMask;
import org.espalier.spi.IntStorage;
import org.espalier.spi.Layout;
import org.espalier.spi.View;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("widths")
class AttentionTest {
  private static final float GUARD = 7.5f;

  /// One random problem; q, k, v lie in one wide matrix when the lengths allow, with slack columns
  /// as guards.
  private static final class Problem {
    final int[] offsetsQ;
    final int[] offsetsK;
    final int heads;
    final int kvHeads;
    final int dim;
    final AttentionMask mask;
    final double dropout;
    final double scale;
    final AttentionLayout layout;
    final int ldq;
    final int ldk;
    final float[] q;
    final float[] k;
    final float[] v;
    final float[] dout;
    final float[] out;
    final float[] lse;
    final float[] dq;
    final float[] dk;
    final float[] dv;

    Problem(
        int[] queries,
        int[] keys,
        int heads,
        int kvHeads,
        int dim,
        boolean causal,
        double dropout,
        Random random) {
      this(
          queries,
          keys,
          heads,
          kvHeads,
          dim,
          causal ? AttentionMask.CAUSAL : AttentionMask.NONE,
          dropout,
          random);
    }

    Problem(
        int[] queries,
        int[] keys,
        int heads,
        int kvHeads,
        int dim,
        AttentionMask mask,
        double dropout,
        Random random) {
      offsetsQ = offsets(queries);
      offsetsK = offsets(keys);
      this.heads = heads;
      this.kvHeads = kvHeads;
      this.dim = dim;
      this.mask = mask;
      this.dropout = dropout;
      scale = 1.2 / Math.sqrt(dim);
      ldq = heads * dim + 3;
      ldk = kvHeads * dim + 5;
      layout =
          new AttentionLayout(
              queries.length,
              offsetsQ,
              0,
              offsetsQ[queries.length],
              offsetsK,
              0,
              offsetsK[queries.length],
              heads,
              kvHeads,
              dim,
              scale,
              mask,
              dropout,
              99,
              4);
      int rowsQ = offsetsQ[queries.length];
      int rowsK = offsetsK[queries.length];
      q = GemmTest.random(random, rowsQ * ldq + 2);
      dout = GemmTest.random(random, rowsQ * ldq + 2);
      k = GemmTest.random(random, rowsK * ldk + 2);
      v = GemmTest.random(random, rowsK * ldk + 2);
      out = guarded(q.length);
      lse = guarded(rowsQ * heads + 3);
      dq = guarded(q.length);
      dk = guarded(k.length);
      dv = guarded(v.length);
    }

    void forward(TileKernels kernels) {
      Attention.forward(kernels, layout, q, 2, ldq, k, 2, ldk, v, 2, ldk, out, 2, ldq, lse, 3);
    }

    void backward(TileKernels kernels) {
      Attention.backward(
          kernels, layout, q, 2, ldq, k, 2, ldk, v, 2, ldk, out, 2, ldq, lse, 3, dout, 2, ldq, dq,
          2, ldq, dk, 2, ldk, dv, 2, ldk);
    }

    private boolean sees(int s, int h, int i, int j) {
      int place = i + offsetsK[s + 1] - offsetsK[s] - (offsetsQ[s + 1] - offsetsQ[s]);
      View prefixes = mask.prefixes();
      boolean inPrefix = prefixes != null && j < prefixes.ints()[prefixes.offset() + s];
      View allowed = mask.allowed();
      return (!mask.causal() || j <= place || inPrefix)
          && (mask.window() == 0 || Math.abs(j - place) < mask.window())
          && (allowed == null || allowed(allowed, s, h, i, j));
    }

    private boolean allowed(View allowed, int s, int h, int i, int j) {
      Layout l = allowed.layout();
      int sequences = offsetsQ.length - 1;
      int sequence = s / (sequences / l.shape().size(0)) * l.stride(0);
      int head = h / (heads / l.shape().size(1)) * l.stride(1);
      int at = l.offset() + sequence + head + i * l.stride(2) + j * l.stride(3);
      return allowed.heap().getLong(at) != 0;
    }

    /// One query row and head in double: writes the output and returns the log-sum-exp.
    double row(int s, int i, int h, double[] result) {
      int row = offsetsQ[s] + i;
      int keys = offsetsK[s + 1] - offsetsK[s];
      int column = h / (heads / kvHeads) * dim;
      double[] score = new double[keys];
      double sum = 0;
      for (int j = 0; j < keys; j++) {
        if (!sees(s, h, i, j)) {
          score[j] = Double.NEGATIVE_INFINITY;
          continue;
        }
        for (int d = 0; d < dim; d++) {
          score[j] +=
              (double) q[2 + row * ldq + h * dim + d] * k[2 + (offsetsK[s] + j) * ldk + column + d];
        }
        sum += Math.exp(score[j] * scale);
      }
      Arrays.fill(result, 0);
      int threshold = DropoutMask.threshold(dropout);
      int key = DropoutMask.rowKey(99, 4, (long) row * heads + h);
      for (int j = 0; sum > 0 && j < keys; j++) {
        boolean dropped = threshold > 0 && DropoutMask.dropped(key, j, threshold);
        double p = dropped ? 0 : Math.exp(score[j] * scale) / sum * DropoutMask.scale(threshold);
        for (int d = 0; d < dim; d++) {
          result[d] += p * v[2 + (offsetsK[s] + j) * ldk + column + d];
        }
      }
      return Math.log(sum);
    }

    /// The sum of out * dout over what a sequence computes.
    double objective(int s) {
      double sum = 0;
      double[] result = new double[dim];
      for (int i = 0; i < offsetsQ[s + 1] - offsetsQ[s]; i++) {
        for (int h = 0; h < heads; h++) {
          row(s, i, h, result);
          for (int d = 0; d < dim; d++) {
            sum += result[d] * dout[2 + (offsetsQ[s] + i) * ldq + h * dim + d];
          }
        }
      }
      return sum;
    }

    /// Central difference by the float `x[at]`, with the step that floats can represent.
    double slope(int s, float[] x, int at) {
      float kept = x[at];
      float above = kept + 0x1p-9f;
      float below = kept - 0x1p-9f;
      x[at] = above;
      double up = objective(s);
      x[at] = below;
      double down = objective(s);
      x[at] = kept;
      return (up - down) / ((double) above - below);
    }

    void assertGuards() {
      assertGuards(out, ldq, heads * dim);
      assertGuards(dq, ldq, heads * dim);
      assertGuards(dk, ldk, kvHeads * dim);
      assertGuards(dv, ldk, kvHeads * dim);
      for (int i = 0; i < 3; i++) {
        assertEquals(GUARD, lse[i]);
      }
    }

    private static void assertGuards(float[] x, int ld, int columns) {
      for (int i = 0; i < x.length; i++) {
        if (i < 2 || (i - 2) % ld >= columns) {
          assertEquals(GUARD, x[i], "guard at " + i);
        }
      }
    }

    @Override
    public String toString() {
      return Arrays.toString(offsetsQ)
          + " x "
          + Arrays.toString(offsetsK)
          + " heads "
          + heads
          + "/"
          + kvHeads
          + " x "
          + dim
          + " "
          + mask
          + " dropout "
          + dropout;
    }
  }

  private static int[] offsets(int[] lengths) {
    int[] offsets = new int[lengths.length + 1];
    for (int i = 0; i < lengths.length; i++) {
      offsets[i + 1] = offsets[i] + lengths[i];
    }
    return offsets;
  }

  private static float[] guarded(int length) {
    float[] x = new float[length];
    Arrays.fill(x, GUARD);
    return x;
  }

  private static Problem[] problems(long seed) {
    System.out.println("AttentionTest seed " + seed);
    Random random = new Random(seed);
    int[] ragged = {5, 0, 1, 17, 30};
    int[] other = {9, 4, 0, 20, 3};
    return new Problem[] {
      new Problem(ragged, ragged, 2, 2, 32, false, 0, random),
      new Problem(ragged, ragged, 2, 2, 32, true, 0.1, random),
      new Problem(ragged, other, 4, 2, 16, false, 0.2, random),
      new Problem(ragged, other, 4, 2, 5, true, 0, random),
      new Problem(other, ragged, 3, 1, 7, true, 0.3, random),
      new Problem(new int[] {70}, new int[] {70}, 1, 1, 64, true, 0, random),
      new Problem(new int[] {3, 2}, new int[] {130, 67}, 2, 1, 80, false, 0.1, random),
      new Problem(new int[] {1}, new int[] {1}, 1, 1, 1, true, 0, random),
      new Problem(new int[0], new int[0], 2, 1, 8, false, 0, random),
      new Problem(new int[] {6, 3}, new int[] {4, 9}, 2, 1, 3, true, 0, random),
      new Problem(new int[] {18}, new int[] {18}, 1, 1, 33, true, 0.1, random),
      new Problem(new int[] {7, 2}, new int[] {7, 2}, 1, 1, 128, true, 0, random),
      new Problem(new int[] {5}, new int[] {14}, 2, 1, 256, false, 0, random),
      new Problem(ragged, ragged, 2, 1, 8, prefixes(2, 0, 1, 40, 13), 0.1, random),
      new Problem(ragged, other, 2, 2, 5, prefixes(3, 9, 0, 15, 1), 0, random),
      new Problem(other, ragged, 2, 1, 6, window(true, 4), 0.2, random),
      new Problem(ragged, other, 1, 1, 9, window(false, 3), 0, random),
      new Problem(ragged, ragged, 1, 1, 16, window(true, 1), 0, random),
      new Problem(new int[] {170}, new int[] {170}, 1, 1, 4, window(true, 21), 0.3, random),
      new Problem(new int[] {90}, new int[] {150}, 2, 1, 4, window(false, 40), 0, random),
      new Problem(ragged, other, 4, 2, 5, allowed(false, 5, 2, 30, 20, random), 0.2, random),
      new Problem(ragged, ragged, 2, 1, 8, allowed(true, 1, 1, 30, 30, random), 0, random),
      new Problem(ragged, ragged, 2, 1, 8, allowed(false, 1, 2, 33, 31, random), 0, random),
    };
  }

  private static AttentionMask window(boolean causal, int window) {
    return new AttentionMask(causal, window, null, null);
  }

  private static AttentionMask prefixes(int... lengths) {
    int[] behind = new int[lengths.length + 2];
    System.arraycopy(lengths, 0, behind, 2, lengths.length);
    Layout layout = Layout.contiguous(Shape.of(lengths.length + 2));
    View view = new View(new IntStorage(behind, behind.length, null), layout);
    return new AttentionMask(true, 0, view.with(layout.slice(0, 2, lengths.length + 2)), null);
  }

  /// Hides every third key or so, and everything from query 1; stored with keys before queries.
  private static AttentionMask allowed(
      boolean causal, int sequences, int heads, int queries, int keys, Random random) {
    byte[] yes = new byte[sequences * heads * queries * keys];
    for (int at = 0; at < yes.length; at++) {
      yes[at] = (byte) (at % queries == 1 || random.nextInt(3) == 0 ? 0 : 1);
    }
    Layout layout = Layout.contiguous(Shape.of(sequences, heads, keys, queries));
    View view = new View(new BoolStorage(yes, yes.length, null), layout);
    return new AttentionMask(causal, 0, null, view.with(layout.permute(0, 1, 3, 2)));
  }

  @Test
  void forwardAgreesWithDoubleArithmetic() {
    for (Problem p : problems(21)) {
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
    for (Problem p : problems(22)) {
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
    for (Problem p : problems(23)) {
      p.forward(TileKernels.of(0));
      p.backward(TileKernels.of(0));
      float[][] expected = {p.out.clone(), p.lse.clone(), p.dq.clone(), p.dk.clone(), p.dv.clone()};
      for (TileKernels kernels : GemmTest.kernels()) {
        for (int threads : new int[] {1, 2, 4}) {
          for (float[] x : new float[][] {p.out, p.lse, p.dq, p.dk, p.dv}) {
            Arrays.fill(x, GUARD);
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
      Problem p = new Problem(lengths, lengths, 4, 2, 32, causal, 0, random);
      p.forward(TileKernels.CHOSEN);
      p.backward(TileKernels.CHOSEN);
      float[][] batch = {p.out.clone(), p.dq.clone(), p.dk.clone(), p.dv.clone()};
      for (float[] x : new float[][] {p.out, p.dq, p.dk, p.dv}) {
        Arrays.fill(x, GUARD);
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
    Problem p = new Problem(new int[] {45}, new int[] {45}, 2, 2, 16, true, 0, random);
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
    Problem p = new Problem(new int[] {83}, new int[] {83}, 2, 1, 16, window(true, 7), 0, random);
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
    Problem p = new Problem(new int[] {40}, new int[] {47}, 2, 1, 16, true, 0, random);
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
      Arrays.fill(x, GUARD);
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
    Problem p =
        new Problem(
            new int[] {5}, new int[] {6}, 2, 1, 8, allowed(false, 1, 1, 5, 6, random), 0, random);
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
    Problem p = new Problem(new int[] {15}, new int[] {5000}, 1, 1, 8, true, 0, random);
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
    Problem p = new Problem(new int[] {4}, new int[] {6}, 1, 1, 8, false, 1, random);
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
    AttentionMask narrow = allowed(false, 1, 1, 2, 1, new Random(1));
    AttentionMask both = new AttentionMask(true, 3, prefixes(1).prefixes(), null);
    for (AttentionMask mask : new AttentionMask[] {narrow, both, window(true, -1), prefixes()}) {
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

  @Test
  void doesNotBoxVectorsOnceWarm() {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Random random = new Random(28);
    int[] lengths = {30, 33};
    Problem p = new Problem(lengths, lengths, 2, 1, 32, false, 0.1, random);
    long least = Long.MAX_VALUE;
    // Compilers may be late: the steady state is the least of several rounds.
    for (int round = 0; round < 100 && least > 400_000; round++) {
      long before = threads.getTotalThreadAllocatedBytes();
      for (int i = 0; i < 20; i++) {
        p.forward(TileKernels.CHOSEN);
        p.backward(TileKernels.CHOSEN);
      }
      least = Math.min(least, (threads.getTotalThreadAllocatedBytes() - before) / 20);
    }
    // 0.4 KB when all is compiled well, 2 MB and more when the matrix kernels box their vectors.
    // The bound leaves room for
    // one row kernel that C2 compiles badly: those have a test of their own.
    assertTrue(least < 400_000, "bytes per forward and backward: " + least);
  }
}
