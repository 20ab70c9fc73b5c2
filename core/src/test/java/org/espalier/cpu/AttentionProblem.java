package org.espalier.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import org.espalier.Shape;
import org.espalier.random.DropoutMask;
import org.espalier.spi.BoolStorage;
import org.espalier.spi.FusedKernel.AttentionMask;
import org.espalier.spi.IntStorage;
import org.espalier.spi.Layout;
import org.espalier.spi.View;

/// One random problem; q, k, v lie in one wide matrix when the lengths allow, with slack columns as
/// guards.
final class AttentionProblem {
  static final float GUARD = 7.5f;

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

  AttentionProblem(
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

  AttentionProblem(
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
        kernels, layout, q, 2, ldq, k, 2, ldk, v, 2, ldk, out, 2, ldq, lse, 3, dout, 2, ldq, dq, 2,
        ldq, dk, 2, ldk, dv, 2, ldk);
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

  private static int[] offsets(int[] lengths) {
    int[] offsets = new int[lengths.length + 1];
    for (int i = 0; i < lengths.length; i++) {
      offsets[i + 1] = offsets[i] + lengths[i];
    }
    return offsets;
  }

  static float[] guarded(int length) {
    float[] x = new float[length];
    Arrays.fill(x, GUARD);
    return x;
  }

  /// Returns problems of every kind.
  static AttentionProblem[] random(long seed) {
    System.out.println("attention problems of seed " + seed);
    Random random = new Random(seed);
    int[] ragged = {5, 0, 1, 17, 30};
    int[] other = {9, 4, 0, 20, 3};
    return new AttentionProblem[] {
      new AttentionProblem(ragged, ragged, 2, 2, 32, false, 0, random),
      new AttentionProblem(ragged, ragged, 2, 2, 32, true, 0.1, random),
      new AttentionProblem(ragged, other, 4, 2, 16, false, 0.2, random),
      new AttentionProblem(ragged, other, 4, 2, 5, true, 0, random),
      new AttentionProblem(other, ragged, 3, 1, 7, true, 0.3, random),
      new AttentionProblem(new int[] {70}, new int[] {70}, 1, 1, 64, true, 0, random),
      new AttentionProblem(new int[] {3, 2}, new int[] {130, 67}, 2, 1, 80, false, 0.1, random),
      new AttentionProblem(new int[] {1}, new int[] {1}, 1, 1, 1, true, 0, random),
      new AttentionProblem(new int[0], new int[0], 2, 1, 8, false, 0, random),
      new AttentionProblem(new int[] {6, 3}, new int[] {4, 9}, 2, 1, 3, true, 0, random),
      new AttentionProblem(new int[] {18}, new int[] {18}, 1, 1, 33, true, 0.1, random),
      new AttentionProblem(new int[] {7, 2}, new int[] {7, 2}, 1, 1, 128, true, 0, random),
      new AttentionProblem(new int[] {5}, new int[] {14}, 2, 1, 256, false, 0, random),
      new AttentionProblem(ragged, ragged, 2, 1, 8, prefixes(2, 0, 1, 40, 13), 0.1, random),
      new AttentionProblem(ragged, other, 2, 2, 5, prefixes(3, 9, 0, 15, 1), 0, random),
      new AttentionProblem(other, ragged, 2, 1, 6, window(true, 4), 0.2, random),
      new AttentionProblem(ragged, other, 1, 1, 9, window(false, 3), 0, random),
      new AttentionProblem(ragged, ragged, 1, 1, 16, window(true, 1), 0, random),
      new AttentionProblem(
          new int[] {170}, new int[] {170}, 1, 1, 4, window(true, 21), 0.3, random),
      new AttentionProblem(new int[] {90}, new int[] {150}, 2, 1, 4, window(false, 40), 0, random),
      new AttentionProblem(
          ragged, other, 4, 2, 5, allowed(false, 5, 2, 30, 20, random), 0.2, random),
      new AttentionProblem(ragged, ragged, 2, 1, 8, allowed(true, 1, 1, 30, 30, random), 0, random),
      new AttentionProblem(
          ragged, ragged, 2, 1, 8, allowed(false, 1, 2, 33, 31, random), 0, random),
    };
  }

  static AttentionMask window(boolean causal, int window) {
    return new AttentionMask(causal, window, null, null);
  }

  static AttentionMask prefixes(int... lengths) {
    int[] behind = new int[lengths.length + 2];
    System.arraycopy(lengths, 0, behind, 2, lengths.length);
    Layout layout = Layout.contiguous(Shape.of(lengths.length + 2));
    View view = new View(new IntStorage(behind, behind.length, null), layout);
    return new AttentionMask(true, 0, view.with(layout.slice(0, 2, lengths.length + 2)), null);
  }

  /// Hides every third key or so, and everything from query 1; stored with keys before queries.
  static AttentionMask allowed(
      boolean causal, int sequences, int heads, int queries, int keys, Random random) {
    byte[] yes = new byte[sequences * heads * queries * keys];
    for (int at = 0; at < yes.length; at++) {
      yes[at] = (byte) (at % queries == 1 || random.nextInt(3) == 0 ? 0 : 1);
    }
    Layout layout = Layout.contiguous(Shape.of(sequences, heads, keys, queries));
    View view = new View(new BoolStorage(yes, yes.length, null), layout);
    return new AttentionMask(causal, 0, null, view.with(layout.permute(0, 1, 3, 2)));
  }
}
