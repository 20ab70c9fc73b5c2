package org.espalier.cuda;

import static org.espalier.testkit.Input.ints;
import static org.espalier.testkit.Input.normal;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.cuda.device.SoftwareDevice;
import org.espalier.cuda.device.ThreadOrder;
import org.espalier.op.Attention;
import org.espalier.testkit.Input;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Attention over more queries and keys than a tile has, and in heads wider than one.
@ExtendWith(OnSoftwareDevice.class)
class FusedAttentionTest {
  private static final Device CUDA = Device.of("cuda:0");

  @ParameterizedTest
  @ValueSource(ints = {64, 65, 130})
  void headsOfAnyWidth(int dim) {
    plain(new Attention(2, 1, 0.2, false, 0.1, 3, 1), dim, ints(0, 70, 75)).agreesWithin(2e-5);
  }

  @Test
  void causalSequencesOfSeveralTiles() {
    plain(new Attention(2, 2, 0.3, true, 0.25, 3, 1), 8, ints(0, 1, 140, 140, 173))
        .agreesWithin(2e-5);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 33, 2_000_000_000})
  void windowsOfAnyWidth(int window) {
    for (boolean causal : new boolean[] {false, true}) {
      plain(new Attention(1, 1, 0.3, causal, window, 0, 3, 1), 4, ints(0, 130)).agreesWithin(2e-5);
    }
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
        .agreesWithin(2e-5);
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
        .agreesWithin(2e-5);
  }

  private static BesideReference plain(Attention attention, int dim, Input offsets) {
    int rows = attention.window() > 0 ? 130 : dim == 8 ? 173 : 75;
    return BesideReference.of(
        t -> attention.apply(t[0], t[1], t[2], t[3], t[3]),
        normal(1, rows, attention.heads() * dim),
        normal(2, rows, attention.kvHeads() * dim),
        normal(3, rows, attention.kvHeads() * dim),
        offsets);
  }

  @Test
  void theLastQueriesHaveTheBitsThatTheyHaveInTheWhole() {
    var attention = new Attention(2, 1, 0.3, true, 0, 0, 0);
    try (Scope _ = Scope.open()) {
      Tensor[] x = new Tensor[3];
      for (int i = 0; i < 3; i++) {
        x[i] =
            Tensor.of(IntStream.range(0, 100 * 8).mapToDouble(Math::sin).toArray())
                .reshape(100, 8)
                .to(DType.F32)
                .to(CUDA)
                .slice(1, 0, i == 0 ? 8 : 4);
      }
      Tensor all = Tensor.of(new int[] {0, 100}).to(CUDA);
      Tensor last = Tensor.of(new int[] {0, 3}).to(CUDA);
      Tensor whole = attention.apply(x[0], x[1], x[2], all, all);
      Tensor part = attention.apply(x[0].slice(0, 97, 100), x[1], x[2], last, all);
      assertArrayEquals(whole.slice(0, 97, 100).toDoubleArray(), part.toDoubleArray());
    }
  }

  @Test
  @Tag("software-device")
  void noBitDependsOnTheOrderOfThreads() {
    BesideReference attention =
        plain(new Attention(2, 1, 0.3, true, 0.25, 3, 1), 8, ints(0, 90, 173));
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

  @Test
  void wrongOffsetsAreNamedAtTheNextWait() {
    for (int[] offsets : new int[][] {{0, 4, 2, 5}, {0, 9}, {-1, 5}, {3, Integer.MIN_VALUE, 5}}) {
      try (Scope _ = Scope.open()) {
        Tensor x = Tensor.ones(5, 4).to(CUDA);
        Tensor wrong = Tensor.of(offsets).to(CUDA);
        Tensor y = new Attention(1, 1, 1, false, 0, 0, 0).apply(x, x, x, wrong, wrong);
        var e = assertThrows(TensorException.class, y::toDoubleArray);
        assertTrue(e.getMessage().contains("attention: queries: offset"), e.getMessage());
      }
    }
  }

  @Test
  void aMaskThatIsTooSmallIsNamedAtTheNextWait() {
    try (Scope _ = Scope.open()) {
      Tensor x = Tensor.ones(5, 4).to(CUDA);
      Tensor offsets = Tensor.of(new int[] {0, 1, 5}).to(CUDA);
      Tensor mask = Tensor.full(DType.BOOL, CUDA, Shape.of(1, 1, 3, 3), 1);
      Tensor y =
          new Attention(1, 1, 1, false, 0, 0, 0).apply(x, x, x, offsets, offsets, null, mask);
      var e = assertThrows(TensorException.class, y::toDoubleArray);
      assertTrue(e.getMessage().contains("does not cover sequence 1"), e.getMessage());
    }
  }
}
