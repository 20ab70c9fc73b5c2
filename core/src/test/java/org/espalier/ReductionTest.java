package org.espalier;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Objects;
import java.util.function.UnaryOperator;
import org.espalier.autograd.Autograd;
import org.espalier.op.ScatterReduce.Kind;
import org.espalier.op.Variance;
import org.junit.jupiter.api.Test;

/// Reductions, orders and scatters as a user sees them; numbers with many digits are from PyTorch
/// in double.
class ReductionTest {
  private static final double MINUS = Double.NEGATIVE_INFINITY;
  private static final double NAN = Double.NaN;
  private static final Tensor X =
      Tensor.of(new double[] {2, 0, 3, 4, 0, 5, 0, -1, 1.5, -2, 0.5, 3}, 3, 4);
  private static final Tensor W = Tensor.of(new double[] {1, 2, -1});

  /// Checks values and, along `direction`, gradients.
  private static void check(
      UnaryOperator<Tensor> function,
      Tensor x,
      Tensor direction,
      double[] values,
      double[] gradients) {
    Tensor leaf = x.copy().requireGrad();
    Tensor y = function.apply(leaf);
    assertArrayEquals(values, y.toDoubleArray(), 1e-12);
    Tensor dx = Autograd.of(y).outputGradients(direction).gradients(leaf)[0];
    assertArrayEquals(gradients, dx.toDoubleArray(), 1e-12);
  }

  @Test
  void productsHaveTheirGradientAlsoBesideZeros() {
    check(
        x -> x.prod(1),
        X,
        W,
        new double[] {0, 0, -4.5},
        new double[] {0, 24, 0, 0, 0, 0, 0, 0, 3, -2.25, 9, 1.5});
    check(
        x -> x.prod(),
        Tensor.of(new double[] {0, 3, 5}),
        Tensor.scalar(2).to(DType.F64),
        new double[] {0},
        new double[] {30, 0, 0});
  }

  @Test
  void variancesAndDeviationsAreThoseOfPyTorch() {
    check(
        x -> x.var(1),
        X,
        W,
        new double[] {2.9166666666666665, 7.333333333333333, 4.416666666666667},
        new double[] {
          -1 / 6.0, -1.5, 0.5, 7 / 6.0, -4 / 3.0, 16 / 3.0, -4 / 3.0, -8 / 3.0, -0.5, 11 / 6.0,
          1 / 6.0, -1.5
        });
    check(
        x -> x.stdCorrected(0, 1),
        X,
        W,
        new double[] {1.479019945774904, 2.345207879911715, 1.8200274723201295},
        new double[] {
          -0.042257712736425826,
          -0.3803194146278324,
          0.1267731382092775,
          0.2958039891549808,
          -0.21320071635561041,
          0.8528028654224417,
          -0.21320071635561041,
          -0.42640143271122083,
          -0.10302042296151678,
          0.3777415508588948,
          0.03434014098717226,
          -0.3090612688845503
        });
  }

  @Test
  void aDeviationOfEqualElementsHasNoSlope() {
    check(
        x -> x.std(1),
        Tensor.of(new double[] {3, 3, 3, 1, 2, 4}, 2, 3),
        Tensor.of(new double[] {1, 1}),
        new double[] {0, 1.5275252316519465},
        new double[] {0, 0, 0, -0.43643578047198484, -0.10910894511799625, 0.5455447255899809});
  }

  @Test
  void aVarianceNeedsMoreElementsThanItsCorrection() {
    assertEquals(NAN, Tensor.of(new float[] {5}).var().item());
    assertEquals(0, Tensor.of(new float[] {5}).varCorrected(0).item());
    assertEquals(NAN, Tensor.zeros(0).varCorrected(0).item());
    assertThrows(TensorException.class, () -> Tensor.of(new int[] {1, 2}).var());
    assertThrows(TensorException.class, () -> Variance.apply(Tensor.zeros(2, 2), 1, 2));
  }

  @Test
  void normsOfAnyOrderAreThoseOfPyTorch() {
    Tensor x = Tensor.of(new double[] {3, -4, 0, 0, 0, 0, 1, 1, -2}, 3, 3);
    check(
        t -> t.pNorm(1, 1),
        x,
        W,
        new double[] {7, 0, 4},
        new double[] {1, -1, 0, 0, 0, 0, -1, -1, 1});
    double a = 0.4082482904638631;
    check(
        t -> t.norm(1),
        x,
        W,
        new double[] {5, 0, 6 * a},
        new double[] {0.6, -0.8, 0, 0, 0, 0, -a, -a, 2 * a});
    double b = 0.21544346900318836;
    check(
        t -> t.pNorm(3, 1),
        x,
        W,
        new double[] {4.497941445275415, 0, 10 * b},
        new double[] {0.4448513517305356, -0.7908468475209521, 0, 0, 0, 0, -b, -b, 4 * b});
    check(
        t -> t.pNorm(0.5, 1),
        x,
        W,
        new double[] {13.928203230275509, 0, 11.65685424949238},
        new double[] {
          2.154700538379252,
          -1.8660254037844386,
          0,
          0,
          0,
          0,
          -3.414213562373095,
          -3.414213562373095,
          2.414213562373095
        });
    check(
        t -> t.pNorm(Double.POSITIVE_INFINITY, 1),
        x,
        W,
        new double[] {4, 0, 2},
        new double[] {0, -1, 0, 0, 0, 0, 0, 0, 1});
    check(
        t -> t.pNorm(MINUS, 1),
        x,
        W,
        new double[] {0, 0, 1},
        new double[] {0, 0, 0, 0, 0, 0, -0.5, -0.5, 0});
    assertArrayEquals(new double[] {2, 0, 3}, x.pNorm(0, 1).toDoubleArray());
    assertThrows(TensorException.class, () -> x.pNorm(-1));
    assertThrows(TensorException.class, () -> x.pNorm(NAN));
    assertThrows(TensorException.class, () -> Tensor.of(new int[] {1}).norm());
    assertEquals(0, Tensor.zeros(0).norm().item());
  }

  @Test
  void aCubicNormOverflowsNowhereInSinglePrecision() {
    Tensor x = Tensor.of(new float[] {3e30f, -4e30f, 0});
    assertEquals(4.497941445e30, x.pNorm(3).item(), 1e25);
    assertEquals(
        Double.POSITIVE_INFINITY,
        Tensor.of(new float[] {Float.POSITIVE_INFINITY, 1}).pNorm(3).item());
    assertEquals(NAN, Tensor.of(new float[] {Float.NaN, 1}).pNorm(3).item());
  }

  @Test
  void aRowOfImpossibleEventsHasLogProbabilityMinusInfinityAndNoGradient() {
    check(
        x -> x.logSumExp(1),
        Tensor.of(new double[] {1, 2, 3, MINUS, MINUS, MINUS, MINUS, 0, 1}, 3, 3),
        W,
        new double[] {3.4076059644443806, MINUS, 1.3132616875182228},
        new double[] {
          0.09003057317038043,
          0.24472847105479759,
          0.6652409557748217,
          0,
          0,
          0,
          0,
          -0.2689414213699951,
          -0.7310585786300049
        });
    float infinity = Float.POSITIVE_INFINITY;
    assertEquals(infinity, Tensor.of(new float[] {infinity, 1, -infinity}).logSumExp().item());
    assertEquals(NAN, Tensor.of(new float[] {Float.NaN, 1}).logSumExp().item());
    assertEquals(MINUS, Tensor.zeros(0).logSumExp().item());
  }

  @Test
  void anAxisOfNothingHasAnIdentityOrNoValue() {
    Tensor none = Tensor.zeros(2, 0);
    assertArrayEquals(new double[] {1, 1}, none.prod(1).toDoubleArray());
    assertArrayEquals(new double[] {0, 0}, none.any(1).toDoubleArray());
    assertArrayEquals(new double[] {1, 1}, none.all(1).toDoubleArray());
    assertEquals(0, none.cumsum(1).elements());
    assertEquals(0, none.min(0).elements());
    assertThrows(TensorException.class, () -> none.min(1));
    assertThrows(TensorException.class, none::max);
    assertThrows(TensorException.class, () -> none.argMin(1));
    assertThrows(TensorException.class, () -> none.pNorm(3));
    assertThrows(TensorException.class, () -> none.topK(1));
  }

  @Test
  void truthIsWhatIsNotZero() {
    Tensor x = Tensor.of(new float[] {0, -0f, 0, Float.NaN, 1, 2}, 3, 2);
    assertArrayEquals(new double[] {0, 1, 1}, x.any(1).toDoubleArray());
    assertArrayEquals(new double[] {0, 0, 1}, x.all(-1).toDoubleArray());
    assertEquals(DType.BOOL, x.any().dtype());
    assertEquals(1, Tensor.of(new long[] {0, Long.MIN_VALUE}).any().item());
  }

  @Test
  void reducedAxesComeBackWhereTheyWere() {
    Tensor x = Tensor.zeros(2, 3, 4);
    assertEquals(Shape.of(2, 1, 4), x.sum(1).keepDims(1).shape());
    assertEquals(Shape.of(1, 3, 1), x.mean(0, -1).keepDims(0, -1).shape());
    assertEquals(Shape.of(1, 1, 1), x.max().keepDims(0, 1, 2).shape());
    assertEquals(Shape.SCALAR, x.sum().keepDims().shape());
    assertThrows(TensorException.class, () -> x.sum(1).keepDims(3));
    assertThrows(TensorException.class, () -> x.sum(1, 2).keepDims(2, -1));
  }

  @Test
  void theGradientOfARunningSumRunsBack() {
    double[] back = {10, 9, 7, 4, 10, 9, 7, 4, 10, 9, 7, 4};
    check(
        x -> x.cumsum(1),
        X,
        Tensor.of(new double[] {1, 2, 3, 4}).expand(Shape.of(3, 4)),
        new double[] {2, 2, 5, 9, 0, 5, 5, 4, 1.5, -0.5, 0, 3},
        back);
    assertThrows(TensorException.class, () -> Tensor.of(new boolean[] {true}).cumsum(0));
    assertThrows(TensorException.class, () -> Tensor.scalar(1).cumsum(0));
  }

  @Test
  void aRunningSumInSinglePrecisionIsRoundedOnceAnElement() {
    float[] tenths = new float[100_000];
    java.util.Arrays.fill(tenths, 0.1f);
    float[] y = Tensor.of(tenths).cumsum(0).toFloatArray();
    assertEquals((float) (100_000 * (double) 0.1f), y[99_999]);
  }

  @Test
  void equalElementsKeepTheirOrderAndNaNIsAboveEverything() {
    Tensor x = Tensor.of(new double[] {1, NAN, -0.0, 2, 0.0, MINUS, 2});
    Ranked up = x.sort(0, false);
    assertArrayEquals(new double[] {MINUS, -0.0, 0.0, 1, 2, 2, NAN}, up.values().toDoubleArray());
    assertArrayEquals(new long[] {5, 2, 4, 0, 3, 6, 1}, up.indices().toLongArray());
    assertArrayEquals(new long[] {1, 3, 6, 0, 2, 4, 5}, x.argSort(-1, true).toLongArray());
  }

  @Test
  void theLargestComeWithTheirPlacesAndGiveTheirGradientBack() {
    Tensor x = Tensor.of(new double[] {1, 5, 2, 7, 3}).requireGrad();
    Ranked best = x.topK(3);
    assertArrayEquals(new double[] {7, 5, 3}, best.values().toDoubleArray());
    assertArrayEquals(new long[] {3, 1, 4}, best.indices().toLongArray());
    best.values().mul(Tensor.of(new double[] {1, 2, 3})).sum().backward();
    assertArrayEquals(
        new double[] {0, 2, 0, 1, 3}, Objects.requireNonNull(x.grad()).toDoubleArray());
    assertArrayEquals(new double[] {1, 2}, x.topK(2, 0, false).values().toDoubleArray());
    assertThrows(TensorException.class, () -> x.topK(6));
    assertThrows(TensorException.class, () -> x.topK(-1));
  }

  @Test
  void scatterReductionsAreThoseOfPyTorch() {
    Tensor v = Tensor.of(new double[] {1, 2, 0, 3, 4, 2, 5, 0, 0, 6}, 5, 2);
    Tensor to = Tensor.of(new int[] {0, 2, 0, 2, 2});
    Tensor d = Tensor.of(new double[] {1, 2, 3, 4, 5, 6}, 3, 2);
    check(
        x -> x.scatterReduce(Kind.PROD, to, 3),
        v,
        d,
        new double[] {4, 4, 1, 1, 0, 0},
        new double[] {4, 4, 0, 0, 1, 4, 0, 108, 0, 0});
    check(
        x -> x.scatterReduce(Kind.MAX, to, 3),
        v,
        d,
        new double[] {4, 2, 0, 0, 5, 6},
        new double[] {0, 1, 0, 0, 1, 1, 5, 0, 0, 6});
    check( // PyTorch counts a start value of 0 among the ties here; two elements share 5
        x -> x.scatterReduce(Kind.MIN, to, 3),
        v,
        d,
        new double[] {1, 2, 0, 0, 0, 0},
        new double[] {1, 1, 2.5, 0, 0, 1, 0, 6, 2.5, 0});
    check(
        x -> x.scatterReduce(Kind.MEAN, to, 3),
        v,
        d,
        new double[] {2.5, 2, 0, 0, 5 / 3.0, 3},
        new double[] {0.5, 1, 5 / 3.0, 2, 0.5, 1, 5 / 3.0, 2, 5 / 3.0, 2});
    check(
        x -> x.scatterReduce(Kind.SUM, to, 3),
        v,
        d,
        new double[] {5, 4, 0, 0, 5, 9},
        new double[] {1, 2, 5, 6, 1, 2, 5, 6, 5, 6});
  }

  @Test
  void segmentsAreReducedRowByRow() {
    Tensor x = Tensor.of(new float[] {1, 5, 3, 5, -2, -1, 9, 9}, 4, 2);
    Tensor offsets = Tensor.of(new int[] {0, 2, 2, 3});
    assertArrayEquals(new double[] {4, 10, 0, 0, -2, -1}, x.segmentSum(offsets).toDoubleArray());
    assertArrayEquals(new double[] {2, 5, 0, 0, -2, -1}, x.segmentMean(offsets).toDoubleArray());
    Tensor leaf = x.copy().requireGrad();
    Tensor y = leaf.segmentMax(offsets);
    assertArrayEquals(new double[] {3, 5, 0, 0, -2, -1}, y.toDoubleArray());
    y.sum().backward();
    assertArrayEquals(
        new double[] {0, 0.5, 1, 0.5, 1, 1, 0, 0},
        Objects.requireNonNull(leaf.grad()).toDoubleArray());
    for (int[] wrong : new int[][] {{0, 5}, {2, 1}, {-1, 2}, {}}) {
      assertThrows(TensorException.class, () -> x.segmentSum(Tensor.of(wrong)));
    }
  }

  @Test
  void indicesOutOfRangeAreNamedAndNothingIsWritten() {
    for (Device device : new Device[] {Device.CPU, Device.REFERENCE}) {
      Tensor x = Tensor.zeros(DType.F32, device, Shape.of(3, 2));
      Tensor wrong = Tensor.of(new int[] {0, 1, 3, 0}, 2, 2).to(device);
      var e = assertThrows(TensorException.class, () -> x.gather(0, wrong));
      assertTrue(String.valueOf(e.getMessage()).contains("3"), e.getMessage());
      Tensor long3 = wrong.to(DType.I64).sub(4);
      assertThrows(TensorException.class, () -> x.gather(0, long3));
      Tensor ones = Tensor.full(DType.F32, device, Shape.of(2, 2), 1);
      assertThrows(TensorException.class, () -> x.scatterAdd(0, wrong, ones));
      assertEquals(0, x.sum().item());
    }
    Tensor x = Tensor.zeros(3, 2);
    Tensor index = Tensor.of(new int[] {0, 1}, 1, 2);
    assertThrows(TensorException.class, () -> x.gather(0, Tensor.of(new int[] {0})));
    assertThrows(TensorException.class, () -> x.gather(1, Tensor.of(new int[4], 4, 1)));
    assertThrows(TensorException.class, () -> x.gather(0, Tensor.zeros(1, 2)));
    assertThrows(TensorException.class, () -> x.scatterAdd(0, index, Tensor.zeros(2, 1)));
  }

  @Test
  void wholeNumbersAreExactBeyondWhatDoublesHold() {
    long big = Long.MAX_VALUE - 1;
    Tensor x = Tensor.of(new long[] {big, big + 1, Long.MIN_VALUE, 3});
    assertEquals(big + 1, x.max().toLongArray()[0]);
    assertEquals(1, x.argMax(0).item());
    assertEquals(Long.MIN_VALUE, x.min().toLongArray()[0]);
    assertEquals(2, x.argMin(0).item());
    assertEquals(big + (big + 1) + Long.MIN_VALUE + 3, x.sum().toLongArray()[0]);
    assertEquals(big * (big + 1) * Long.MIN_VALUE * 3, x.prod().toLongArray()[0]);
    assertArrayEquals(new long[] {2, 3, 0, 1}, x.argSort(0, false).toLongArray());
    assertArrayEquals(
        new long[] {
          big, big + big + 1, big + big + 1 + Long.MIN_VALUE, big + big + 4 + Long.MIN_VALUE
        },
        x.cumsum(0).toLongArray());
  }

  @Test
  void halvesAreReducedInSinglePrecisionAndMovedAsTheyAre() {
    Tensor x = Tensor.of(new float[] {1, 3, 2}).to(DType.BF16);
    assertEquals(DType.F32, x.min().dtype());
    Ranked sorted = x.sort(0, true);
    assertEquals(DType.BF16, sorted.values().dtype());
    assertArrayEquals(new double[] {3, 2, 1}, sorted.values().toDoubleArray());
  }
}
