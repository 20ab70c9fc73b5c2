package org.espalier.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.espalier.Shape;
import org.espalier.TensorException;
import org.espalier.random.DropoutMask;
import org.espalier.spi.FusedKernel.Attention;
import org.espalier.spi.FusedKernel.AttentionBackward;
import org.espalier.spi.FusedKernel.AttentionMask;
import org.espalier.spi.FusedKernel.AttentionSpec;
import org.espalier.spi.View;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReferenceAttentionTest {
  private static final int HEADS = 4;
  private static final int KV_HEADS = 2;
  private static final int DIM = 3;
  private final ReferenceBackend backend = new ReferenceBackend();

  private static AttentionSpec spec(View offsetsQ, View offsetsK, boolean causal, double dropout) {
    return new AttentionSpec(
        offsetsQ,
        offsetsK,
        HEADS,
        KV_HEADS,
        DIM,
        0.6,
        causal ? AttentionMask.CAUSAL : AttentionMask.NONE,
        dropout,
        5,
        3);
  }

  @Test
  void weighsValuesBySoftmaxOfAHandWorkedPair() {
    View q = Views.f64(Shape.of(1, 1), 1);
    View k = Views.f64(Shape.of(2, 1), 0, Math.log(3));
    View v = Views.f64(Shape.of(2, 1), 10, 20);
    var spec =
        new AttentionSpec(
            Views.ints(0, 1), Views.ints(0, 2), 1, 1, 1, 1, AttentionMask.NONE, 0, 0, 0);
    View out = Views.f64(Shape.of(1, 1));
    View lse = Views.f64(Shape.of(1, 1));
    backend.run(new Attention(q, k, v, spec, out, lse));
    assertEquals(0.25 * 10 + 0.75 * 20, Views.values(out)[0], 1e-13);
    assertEquals(Math.log(4), Views.values(lse)[0], 1e-15);
  }

  /// Two sequences of 3 and 2 queries with 4 and 2 keys, by brute force over a dense matrix of
  /// weights.
  @ParameterizedTest
  @CsvSource({"false, 0", "true, 0", "false, 0.5", "true, 0.25"})
  void agreesWithBruteForceOverDenseWeights(boolean causal, double dropout) {
    View q = Views.f64(Shape.of(5, HEADS * DIM), Views.random(1, 60));
    View k = Views.f64(Shape.of(6, KV_HEADS * DIM), Views.random(2, 36));
    View v = Views.f64(Shape.of(6, KV_HEADS * DIM), Views.random(3, 36));
    var spec = spec(Views.ints(0, 3, 5), Views.ints(0, 4, 6), causal, dropout);
    View out = Views.f64(Shape.of(5, HEADS * DIM));
    View lse = Views.f64(Shape.of(5, HEADS));
    backend.run(new Attention(Views.strided(q), k, v, spec, out, lse));

    int[] sequenceOfQuery = {0, 0, 0, 1, 1};
    int[] sequenceOfKey = {0, 0, 0, 0, 1, 1};
    int[] placeOfQuery = {1, 2, 3, 0, 1}; // ends aligned with the keys
    int[] placeOfKey = {0, 1, 2, 3, 0, 1};
    double[] qs = Views.values(q);
    double[] ks = Views.values(k);
    double[] vs = Views.values(v);
    int threshold = DropoutMask.threshold(dropout);
    for (int i = 0; i < 5; i++) {
      for (int head = 0; head < HEADS; head++) {
        double[] weights = new double[6];
        double sum = 0;
        for (int j = 0; j < 6; j++) {
          if (sequenceOfQuery[i] == sequenceOfKey[j]
              && (!causal || placeOfKey[j] <= placeOfQuery[i])) {
            double score = 0;
            for (int d = 0; d < DIM; d++) {
              score +=
                  qs[i * HEADS * DIM + head * DIM + d]
                      * ks[j * KV_HEADS * DIM + head / 2 * DIM + d];
            }
            weights[j] = Math.exp(0.6 * score);
            sum += weights[j];
          }
        }
        assertEquals(Math.log(sum), Views.values(lse)[i * HEADS + head], 1e-14);
        int key = DropoutMask.rowKey(5, 3, (long) i * HEADS + head);
        for (int d = 0; d < DIM; d++) {
          double expected = 0;
          for (int j = 0; j < 6; j++) {
            if (!DropoutMask.dropped(key, placeOfKey[j], threshold)) {
              expected +=
                  weights[j] / sum / (1 - dropout) * vs[j * KV_HEADS * DIM + head / 2 * DIM + d];
            }
          }
          assertEquals(expected, Views.values(out)[i * HEADS * DIM + head * DIM + d], 1e-14);
        }
      }
    }
  }

  /// q, k and v are slices of columns of one matrix, and so are their gradients.
  @ParameterizedTest
  @CsvSource({"false, 0", "true, 0", "true, 0.25"})
  void gradientsAreTheSlopes(boolean causal, double dropout) {
    int qColumns = HEADS * DIM;
    int kColumns = KV_HEADS * DIM;
    int all = qColumns + 2 * kColumns;
    View qkv = Views.f64(Shape.of(5, all), Views.random(4, 5 * all));
    View q = columns(qkv, 0, qColumns);
    View k = columns(qkv, qColumns, qColumns + kColumns);
    View v = columns(qkv, qColumns + kColumns, all);
    var spec = spec(Views.ints(0, 2, 2, 5), Views.ints(0, 2, 2, 5), causal, dropout);
    View out = Views.f64(Shape.of(5, qColumns));
    View lse = Views.f64(Shape.of(5, HEADS));
    double[] weights = Views.random(5, 5 * qColumns);
    var forward = new Attention(q, k, v, spec, out, lse);
    double[] numeric =
        Views.numericGradient(
            qkv,
            () -> {
              backend.run(forward);
              return Views.dot(weights, out);
            });
    backend.run(forward);
    View gradient = Views.f64(Shape.of(5, all));
    backend.run(
        new AttentionBackward(
            q,
            k,
            v,
            spec,
            out,
            lse,
            Views.f64(Shape.of(5, qColumns), weights),
            columns(gradient, 0, qColumns),
            columns(gradient, qColumns, qColumns + kColumns),
            columns(gradient, qColumns + kColumns, all)));
    assertArrayEquals(numeric, Views.values(gradient), 1e-8);
  }

  private static View columns(View x, int from, int to) {
    return x.with(x.layout().slice(1, from, to));
  }

  @Test
  void aQueryThatSeesNoKeyGivesZero() {
    View q = Views.f64(Shape.of(3, HEADS * DIM), Views.random(6, 36));
    View kv = Views.f64(Shape.of(1, KV_HEADS * DIM), Views.random(7, 6));
    View out = Views.f64(Shape.of(3, HEADS * DIM));
    View lse = Views.f64(Shape.of(3, HEADS));
    // the first sequence has no keys; in the second the first of two queries is before the only key
    var spec = spec(Views.ints(0, 1, 3), Views.ints(0, 0, 1), true, 0);
    backend.run(new Attention(q, kv, kv, spec, out, lse));
    for (int i = 0; i < 2 * HEADS; i++) {
      assertEquals(Double.NEGATIVE_INFINITY, Views.values(lse)[i]);
    }
    for (int i = 0; i < 2 * HEADS * DIM; i++) {
      assertEquals(0, Views.values(out)[i]);
    }
    assertEquals(Views.values(kv)[0], Views.values(out)[2 * HEADS * DIM], 1e-15);
    View dq = Views.f64(q.shape());
    View dk = Views.f64(kv.shape());
    View dv = Views.f64(kv.shape());
    backend.run(new AttentionBackward(q, kv, kv, spec, out, lse, q, dq, dk, dv));
    assertArrayEquals(new double[36], Views.values(dq), 1e-15);
  }

  @Test
  void rowsOfNoSequenceGiveZero() {
    View q = Views.f64(Shape.of(2, HEADS * DIM), Views.random(8, 24));
    View kv = Views.f64(Shape.of(3, KV_HEADS * DIM), Views.random(9, 18));
    View out = Views.f64(q.shape());
    View lse = Views.f64(Shape.of(2, HEADS));
    var spec = spec(Views.ints(0, 1), Views.ints(0, 2), false, 0);
    backend.run(new Attention(q, kv, kv, spec, out, lse));
    View dq = Views.f64(q.shape());
    View dk = Views.f64(kv.shape());
    View dv = Views.f64(kv.shape());
    backend.run(new AttentionBackward(q, kv, kv, spec, out, lse, q, dq, dk, dv));
    for (int i = HEADS * DIM; i < 2 * HEADS * DIM; i++) {
      assertEquals(0, Views.values(out)[i]);
      assertEquals(0, Views.values(dq)[i]);
    }
    for (int i = 12; i < 18; i++) {
      assertEquals(0, Views.values(dk)[i]);
      assertEquals(0, Views.values(dv)[i]);
    }
  }

  @Test
  void survivesScoresOfAnySize() {
    View q = Views.f64(Shape.of(1, 1), 1e5);
    View k = Views.f64(Shape.of(2, 1), 1e5, -1e5);
    var spec =
        new AttentionSpec(
            Views.ints(0, 1), Views.ints(0, 2), 1, 1, 1, 1, AttentionMask.NONE, 0, 0, 0);
    View out = Views.f64(Shape.of(1, 1));
    View lse = Views.f64(Shape.of(1, 1));
    backend.run(new Attention(q, k, k, spec, out, lse));
    assertArrayEquals(new double[] {1e5}, Views.values(out));
    assertArrayEquals(new double[] {1e10}, Views.values(lse));
  }

  @Test
  void refusesOffsetsBeyondTheRows() {
    View q = Views.f64(Shape.of(1, HEADS * DIM));
    View kv = Views.f64(Shape.of(1, KV_HEADS * DIM));
    View lse = Views.f64(Shape.of(1, HEADS));
    var spec = spec(Views.ints(0, 1), Views.ints(0, 2), false, 0);
    assertThrows(TensorException.class, () -> backend.run(new Attention(q, kv, kv, spec, q, lse)));
  }
}
