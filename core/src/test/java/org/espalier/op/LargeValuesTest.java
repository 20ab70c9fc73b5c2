package org.espalier.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.UnaryOperator;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Values and gradients where squares, quotients or sums on the way leave the range of F32 although
/// the result does not, and where an infinity or NaN meets a mask.
class LargeValuesTest {
  private static final float INFINITE = Float.POSITIVE_INFINITY;

  private static Tensor on(String device, float... values) {
    return Tensor.of(values).to(device.equals("cpu") ? Device.CPU : Device.REFERENCE);
  }

  // Adding 0 makes -0 the 0 that is expected.

  private static double[] slope(UnaryOperator<Tensor> f, Tensor x) {
    return slope(f, x, 1);
  }

  private static double[] slope(UnaryOperator<Tensor> f, Tensor x, double dy) {
    Tensor leaf = x.detach().requireGrad();
    Tensor y = f.apply(leaf);
    Tensor direction = Tensor.full(y.dtype(), y.device(), y.shape(), dy);
    return Autograd.of(y).outputGradients(direction).gradients(leaf)[0].add(0.0).toDoubleArray();
  }

  /// Returns the diagonal of the second derivative of the sum.
  private static double[] curvature(UnaryOperator<Tensor> f, Tensor x) {
    Tensor leaf = x.detach().requireGrad();
    Tensor first = Autograd.of(f.apply(leaf).sum()).createGraph().gradients(leaf)[0];
    return Autograd.of(first.sum()).gradients(leaf)[0].add(0.0).toDoubleArray();
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void crossEntropyOfLargeLogitsHasTheSlopeOfSmallOnes(String device) {
    for (double smoothing : new double[] {0, 0.25}) {
      Tensor target = Tensor.of(new int[] {0}).to(on(device, 0).device());
      UnaryOperator<Tensor> loss =
          x -> CrossEntropy.apply(x.reshape(1, 2), target, CrossEntropy.IGNORE, smoothing);
      double[] expected = slope(loss, on(device, 0, 1));
      for (float far : new float[] {30000, -30000, 1 << 23}) {
        Tensor logits = on(device, far, far + 1);
        assertArrayEquals(expected, slope(loss, logits), 1e-7, "at " + far);
        Tensor leaf = logits.detach().requireGrad();
        Tensor composed =
            Autograd.of(loss.apply(leaf).sum()).createGraph().gradients(leaf)[0].detach();
        assertArrayEquals(expected, composed.toDoubleArray(), 1e-7, "composed at " + far);
        assertArrayEquals(
            curvature(x -> loss.apply(x).square(), on(device, 0, 1)),
            curvature(x -> loss.apply(x).square(), logits),
            1e-6,
            "second order at " + far);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void theSlopeOfADivisorDoesNotSquareIt(String device) {
    Tensor a = on(device, 0, 1e-25f, 1e25f);
    assertArrayEquals(
        new double[] {0, -1e25f, -1e-25f},
        slope(b -> a.div(b), on(device, 1e-25f, 1e-25f, 1e25f)),
        1e19);
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void poolsOneShareWithoutTheOthers(String device) {
    assertArrayEquals(
        new double[] {INFINITE, 1},
        on(device, INFINITE, 1, 1, 1).adaptiveAvgPool(2).toDoubleArray());
    assertArrayEquals(
        new double[] {INFINITE, 1.5, 3},
        on(device, INFINITE, 1, 2, 4).adaptiveAvgPool(3).toDoubleArray());
    Tensor half = Tensor.ones(1, 3).to(on(device, 0).device()).to(DType.BF16);
    assertEquals(DType.F32, half.adaptiveAvgPool(1).dtype());
    assertArrayEquals(new double[] {1}, half.adaptiveAvgPool(1).toDoubleArray());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void refusesAveragesOfPaddingAlone(boolean countPadding) {
    var e =
        assertThrows(
            TensorException.class,
            () -> AvgPool.apply(Tensor.ones(4), new int[] {2}, countPadding, new Sliding(1, 2, 1)));
    assertTrue(
        String.valueOf(e.getMessage()).contains("avgPool: padding 2 is more than half"),
        e::getMessage);
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void normsDoNotLeaveTheRangeOnTheWay(String device) {
    for (float x : new float[] {1e20f, 1e-25f, 2e38f, 1e-40f}) {
      Tensor v = on(device, 3 * (x / 4), -x);
      assertEquals(x * 1.25, v.norm().item(), x * 1e-4, "norm of " + x);
      assertArrayEquals(new double[] {0.6, -0.8}, slope(Tensor::norm, v), 1e-4, "slope at " + x);
      assertArrayEquals(
          new double[] {3 * 0.6, 3 * -0.8}, slope(Tensor::norm, v, 3), 1e-4, "slope at " + x);
    }
    double c = 0.28 / 1.25e10; // (1 - (0.6 - 0.8)^2 ...) of the row sums, over the norm
    Tensor v = on(device, 0.75e10f, -1e10f);
    double[] second = curvature(Tensor::norm, v);
    assertArrayEquals(
        new double[] {(1 - 0.36 + 0.48) / 1.25e10, (1 - 0.64 + 0.48) / 1.25e10}, second, c * 1e-4);
    assertArrayEquals(new double[] {0, 0}, slope(Tensor::norm, on(device, 0, 0)));
    assertArrayEquals(new double[] {0, 0}, curvature(Tensor::norm, on(device, 0, 0)));
    assertEquals(INFINITE, on(device, 1, -INFINITE).norm().item());
    assertTrue(Double.isNaN(on(device, Float.NaN, 1e30f).norm().item()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void aRowsNormHasTheSameBitsBesideALargeOne(String device) {
    Tensor row = on(device, 0.1f, 0.7f, -3.3f);
    Tensor rows = Concat.apply(0, row, on(device, 1e30f, 1, 2), on(device, 0, 0, 0));
    double[] norms = rows.reshape(3, 3).norm(1).toDoubleArray();
    assertArrayEquals(new double[] {row.norm().item(), 1e30f, 0}, norms);
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void cosinesOfLongAndShortVectors(String device) {
    Tensor v = on(device, 1e20f, -1e20f);
    assertEquals(1, v.cosineSimilarity(v, 0).item(), 1e-6);
    assertEquals(-1, v.cosineSimilarity(v.div(-1e25), 0).item(), 1e-6);
    double[] slopes = slope(x -> x.cosineSimilarity(on(device, 1, 0), 0), v);
    assertArrayEquals(
        new double[] {1 / Math.sqrt(8) / 1e20, 1 / Math.sqrt(8) / 1e20}, slopes, 1e-26);
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void whatIsMaskedTakesNothingOfAnInfiniteGradient(String device) {
    Tensor one = on(device, 1, 1, 1);
    Tensor x = on(device, 0, 1, 2);
    assertArrayEquals(new double[] {0, INFINITE, INFINITE}, slope(Tensor::relu, x, INFINITE));
    assertArrayEquals(
        new double[] {0, INFINITE, INFINITE}, slope(a -> a.maximum(one), x, INFINITE));
    assertArrayEquals(
        new double[] {INFINITE, INFINITE, 0}, slope(a -> one.minimum(a), x, INFINITE));
    assertArrayEquals(new double[] {0, 0, INFINITE}, slope(Tensor::max, x, INFINITE));
    assertArrayEquals(new double[] {INFINITE, 0, 0}, slope(Tensor::min, x, INFINITE));
    Tensor to = Tensor.of(new int[] {0, 0, 0}).to(x.device());
    assertArrayEquals(
        new double[] {0, 0, INFINITE},
        slope(a -> a.scatterReduce(ScatterReduce.Kind.MAX, to, 1), x, INFINITE));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void whatWinsAsNanTakesTheGradient(String device) {
    Tensor x = on(device, 1, Float.NaN, 3, Float.NaN);
    assertArrayEquals(new double[] {1, 1, 1, 1}, slope(Tensor::relu, x));
    assertArrayEquals(new double[] {0, 0.5, 0, 0.5}, slope(Tensor::max, x));
    assertArrayEquals(new double[] {0, 0.5, 0, 0.5}, slope(Tensor::min, x));
    Tensor to = Tensor.of(new int[] {0, 0, 1, 0}).to(x.device());
    for (var kind : new ScatterReduce.Kind[] {ScatterReduce.Kind.MAX, ScatterReduce.Kind.MIN}) {
      assertArrayEquals(new double[] {0, 0.5, 1, 0.5}, slope(a -> a.scatterReduce(kind, to, 2), x));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void huberCurvesWhereItIsSquare(String device) {
    Tensor zeros = Tensor.zeros(5).to(on(device, 0).device());
    assertArrayEquals(
        new double[] {0, 1, 1, 1, 0},
        curvature(x -> Huber.apply(x, zeros, 1), on(device, -2, -0.5f, 0, 0.5f, 2)));
    assertArrayEquals(
        new double[] {-1, -1, 0, 0.5, 1},
        slope(x -> Huber.apply(x, zeros, 1), on(device, -2, -1, 0, 0.5f, 2)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void theSlopeOfAProductIsThatOfTheOthersAndNotOfTheWhole(String device) {
    Tensor to = Tensor.of(new int[] {1, 0, 1, 0, 1}).to(on(device, 0).device());
    UnaryOperator<Tensor> product = x -> x.scatterReduce(ScatterReduce.Kind.PROD, to, 3);
    assertArrayEquals(
        new double[] {1e20f, 1e-30f, 1e20f, 1e-30f, INFINITE},
        slope(product, on(device, 1e20f, 1e-30f, 1e20f, 1e-30f, 1)));
    assertArrayEquals(new double[] {0, 0, 0, 5, 6}, slope(product, on(device, 2, 5, 3, 0, 0)));
  }
}
