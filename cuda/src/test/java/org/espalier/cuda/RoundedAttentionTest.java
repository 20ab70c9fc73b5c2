package org.espalier.cuda;

import static org.espalier.testkit.Input.ints;
import static org.espalier.testkit.Input.normal;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.cuda.device.SoftwareDevice;
import org.espalier.cuda.device.ThreadOrder;
import org.espalier.op.Attention;
import org.espalier.testkit.Input;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Attention whose factors are rounded to BF16, for tensor cores.
@ExtendWith(OnSoftwareDevice.class)
class RoundedAttentionTest {
  private static final Device CUDA = Device.of("cuda:0");

  /// What an element may be off by, as a share of the largest, where inputs are rounded too: `2^-8`
  /// for each of two factors.
  private static final double SHARE = 0x1p-7;

  @BeforeEach
  void inMedium() {
    Cuda.setMatmulPrecision(CUDA, MatmulPrecision.MEDIUM);
  }

  @AfterEach
  void strictAgain() {
    Cuda.setMatmulPrecision(CUDA, MatmulPrecision.HIGHEST);
  }

  // ---- numbers that BF16 holds: what is rounded within is bounded element by element

  private static Tensor exact(Random random, int rows, int columns) {
    double[] values = random.doubles((long) rows * columns, -2, 2).toArray();
    return Tensor.of(values, rows, columns).to(DType.BF16).to(DType.F64);
  }

  private static List<double[]> run(
      Attention attention, List<Tensor> inputs, Tensor[] offsets, Device device) {
    try (Scope _ = Scope.open()) {
      DType real = device.equals(CUDA) ? DType.F32 : DType.F64;
      Tensor[] x = inputs.stream().map(t -> t.to(real).to(device)).toArray(Tensor[]::new);
      Tensor[] leaves = Arrays.copyOf(x, 3);
      for (Tensor leaf : leaves) {
        leaf.requireGrad();
      }
      Tensor y = attention.apply(x[0], x[1], x[2], offsets[0].to(device), offsets[1].to(device));
      List<double[]> results = new ArrayList<>();
      results.add(y.toDoubleArray());
      for (Tensor g : Autograd.of(y).outputGradients(x[3]).zerosForUnused().gradients(leaves)) {
        results.add(g.toDoubleArray());
      }
      return results;
    }
  }

  /// Returns the largest errors as shares of their bounds.
  private static double[] check(Attention attention, int dim, int[] offsetsQ, int[] offsetsK) {
    try (Scope _ = Scope.open()) {
      Random random = new Random(dim);
      int queries = offsetsQ[offsetsQ.length - 1];
      int keys = offsetsK[offsetsK.length - 1];
      Tensor q = exact(random, queries, attention.heads() * dim);
      Tensor k = exact(random, keys, attention.kvHeads() * dim);
      Tensor v = exact(random, keys, attention.kvHeads() * dim);
      Tensor dout = exact(random, queries, attention.heads() * dim);
      List<Tensor> inputs = List.of(q, k, v, dout);
      Tensor[] offsets = {Tensor.of(offsetsQ), Tensor.of(offsetsK)};
      var bounds =
          new AttentionRounding(
              attention,
              dim,
              inputs.stream().map(Tensor::toDoubleArray).toList(),
              offsetsQ,
              offsetsK);
      return bounds.check(
          run(attention, inputs, offsets, Device.REFERENCE), run(attention, inputs, offsets, CUDA));
    }
  }

  private static void areRounded(double[] shares) {
    for (double share : shares) {
      assertTrue(share > 0x1p-5, () -> "hardly anything was rounded: " + Arrays.toString(shares));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8, 32, 40, 64, 66, 128})
  void headsUpTo128ColumnsAreOffByWhatIsRoundedAlone(int dim) {
    int[] offsets = {0, 1, 1, 34, 101};
    areRounded(
        check(new Attention(2, 1, 1 / Math.sqrt(dim), false, 0, 0, 0), dim, offsets, offsets));
  }

  @ParameterizedTest
  @CsvSource({"16, 0", "48, 0.1", "72, 0.5"})
  void causalSequencesOfSeveralTilesAndDropoutToo(int dim, double dropout) {
    int[] offsets = {0, 33, 33, 34, 64, 210};
    areRounded(
        check(new Attention(2, 2, 1 / Math.sqrt(dim), true, dropout, 3, 1), dim, offsets, offsets));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 33, 2_000_000_000})
  void windowsToo(int window) {
    for (boolean causal : new boolean[] {false, true}) {
      check(
          new Attention(1, 1, 0.3, causal, window, 0, 3, 1),
          8,
          new int[] {0, 150},
          new int[] {0, 150});
    }
  }

  @Test
  void fewerQueriesThanKeysToo() {
    for (boolean causal : new boolean[] {false, true}) {
      areRounded(
          check(
              new Attention(3, 1, 0.25, causal, 0.2, 3, 1),
              16,
              new int[] {0, 3, 3, 40, 41},
              new int[] {0, 70, 75, 115, 116}));
    }
  }

  @Test
  void moreQueriesThanKeysLeaveSomeBlind() {
    check(new Attention(1, 1, 0.25, true, 0, 3, 1), 16, new int[] {0, 40, 45}, new int[] {0, 3, 3});
  }

  // ---- any numbers

  private static BesideReference plain(Attention attention, int rows, int dim, Input offsets) {
    return BesideReference.of(
        t -> attention.apply(t[0], t[1], t[2], t[3], t[3]),
        normal(1, rows, attention.heads() * dim),
        normal(2, rows, attention.kvHeads() * dim),
        normal(3, rows, attention.kvHeads() * dim),
        offsets);
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 64, 100})
  void inputsAreRoundedOnTheirWay(int dim) {
    plain(new Attention(4, 2, 1 / Math.sqrt(dim), true, 0.1, 3, 1), 73, dim, ints(0, 40, 73))
        .agreesWithin(SHARE);
  }

  @Test
  void rowsOutsideAllSequencesGetZeros() {
    plain(new Attention(1, 1, 0.3, false, 0, 3, 1), 80, 8, ints(5, 40, 70)).agreesWithin(SHARE);
  }

  @Test
  void prefixesBeyondATile() {
    var attention = new Attention(1, 1, 0.3, true, 0, 0, 0);
    BesideReference.of(
            t -> attention.apply(t[0], t[1], t[2], t[3], t[3], t[4], null),
            normal(1, 180, 4),
            normal(2, 180, 4),
            normal(3, 180, 4),
            ints(0, 100, 180),
            ints(40, 3))
        .agreesWithin(SHARE);
  }

  @Test
  void masksOfSeveralTiles() {
    var attention = new Attention(2, 1, 0.3, false, 0, 0, 0);
    BesideReference.of(
            t -> attention.apply(t[0], t[1], t[2], t[3], t[4], null, t[5]),
            normal(1, 130, 8),
            normal(2, 90, 4),
            normal(3, 90, 4),
            ints(0, 80, 130),
            ints(0, 40, 90),
            Input.integers(DType.BOOL, 11, 1, 2, 80, 50))
        .agreesWithin(SHARE);
  }

  @Test
  void slicesOfColumnsThatAreNotAlignedAreReadAsTheyLie() {
    var attention = new Attention(2, 2, 0.3, true, 0, 0, 0);
    BesideReference.of(
            t ->
                attention.apply(
                    t[0].slice(1, 1, 17), t[0].slice(1, 18, 34), t[0].slice(1, 35, 51), t[1], t[1]),
            normal(1, 70, 53),
            ints(0, 70))
        .agreesWithin(SHARE);
  }

  @Test
  void nothingComesOfNothing() {
    try (Scope _ = Scope.open()) {
      Tensor none = Tensor.zeros(0, 8).to(CUDA).requireGrad();
      Tensor offsets = Tensor.of(new int[] {0, 0}).to(CUDA);
      Tensor y = new Attention(1, 1, 1, false, 0, 0, 0).apply(none, none, none, offsets, offsets);
      y.sum().backward();
      assertArrayEquals(new int[] {0, 8}, y.shape().sizes());
      assertArrayEquals(new int[] {0, 8}, none.grad().shape().sizes());
    }
  }

  @Test
  void aNumberThatIsNoneReachesThoseWhoSeeIt() {
    try (Scope _ = Scope.open()) {
      float[] values = new float[40 * 4];
      Arrays.fill(values, 0.5f);
      values[35 * 4] = Float.NaN;
      Tensor x = Tensor.of(values, 40, 4).to(CUDA);
      Tensor one = Tensor.ones(40, 4).to(CUDA);
      Tensor offsets = Tensor.of(new int[] {0, 32, 40}).to(CUDA);
      float[] y =
          new Attention(1, 1, 1, false, 0, 0, 0)
              .apply(one, x, one, offsets, offsets)
              .toFloatArray();
      for (int i = 0; i < y.length; i++) {
        assertTrue(i < 32 * 4 ? y[i] == 1 : Float.isNaN(y[i]), i + ": " + y[i]);
      }
    }
  }

  // ---- bits

  @Test
  void theLastQueriesHaveTheBitsThatTheyHaveInTheWhole() {
    var attention = new Attention(2, 1, 0.3, true, 0, 0, 0);
    try (Scope _ = Scope.open()) {
      Random random = new Random(5);
      Tensor q = exact(random, 100, 16).to(DType.F32).to(CUDA);
      Tensor k = exact(random, 100, 8).to(DType.F32).to(CUDA);
      Tensor v = exact(random, 100, 8).to(DType.F32).to(CUDA);
      Tensor all = Tensor.of(new int[] {0, 100}).to(CUDA);
      Tensor last = Tensor.of(new int[] {0, 3}).to(CUDA);
      Tensor whole = attention.apply(q, k, v, all, all);
      Tensor part = attention.apply(q.slice(0, 97, 100), k, v, last, all);
      assertArrayEquals(whole.slice(0, 97, 100).toDoubleArray(), part.toDoubleArray());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {16, 64, 65})
  @Tag("software-device")
  void noBitDependsOnTheOrderOfThreads(int dim) {
    BesideReference attention =
        plain(new Attention(2, 1, 0.3, true, 0.25, 3, 1), 173, dim, ints(0, 20, 173));
    List<double[]> expected = attention.onCuda();
    SoftwareDevice device = SoftwareDevice.get();
    try {
      device.threadOrder(ThreadOrder.SHUFFLED, 9);
      List<double[]> actual = attention.onCuda();
      for (int i = 0; i < expected.size(); i++) {
        assertArrayEquals(expected.get(i), actual.get(i), "result " + i);
      }
    } finally {
      device.threadOrder(ThreadOrder.FORWARD, 0);
    }
  }
}
