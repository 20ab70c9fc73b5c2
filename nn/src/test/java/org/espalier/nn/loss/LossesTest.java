package org.espalier.nn.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.BinaryOperator;
import org.espalier.Device;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.junit.jupiter.api.Test;

/// Losses and their gradients against PyTorch's, computed in double.
class LossesTest {
  private static final Tensor TARGETS = Tensor.of(new double[] {1, 0.3, 0, 1, 0.5});

  /// Checks losses, and the gradients of their sum by both arguments.
  private static void check(
      BinaryOperator<Tensor> loss, Tensor a, Tensor b, double[] losses, double[] da, double[] db) {
    Tensor x = a.copy().requireGrad();
    Tensor t = b.copy().requireGrad();
    Tensor y = loss.apply(x, t);
    assertArrayEquals(losses, y.toDoubleArray(), 1e-12);
    Tensor[] g = Autograd.of(y.sum()).gradients(x, t);
    assertArrayEquals(da, g[0].toDoubleArray(), 1e-12);
    assertArrayEquals(db, g[1].toDoubleArray(), 1e-12);
  }

  @Test
  void binaryCrossEntropyOfLogitsIsStableFarOut() {
    check(
        (x, t) -> Losses.binaryCrossEntropy(x, t, Reduction.NONE),
        Tensor.of(new double[] {0.5, -2, 30, -40, 0}),
        TARGETS,
        new double[] {
          0.4740769841801067, 0.7269280110429727, 30.000000000000092, 40, 0.6931471805599453
        },
        new double[] {-0.3775406687981454, -0.18079707797788244, 0.9999999999999065, -1, 0},
        new double[] {-0.5, 2, -30, 40, 0});
    Tensor far = Tensor.of(new float[] {20, 80, 1e30f});
    float[] tiny = Losses.binaryCrossEntropy(far, Tensor.ones(3), Reduction.NONE).toFloatArray();
    assertEquals(2.061153620e-9, tiny[0], 1e-15);
    assertEquals(1.804851387e-35, tiny[1], 1e-41);
    assertEquals(0, tiny[2]);
  }

  @Test
  void binaryCrossEntropyOfProbabilitiesIsBoundedWhereTheyAreCertain() {
    Tensor p = Tensor.of(new double[] {0.3, 0.9, 0, 1, 0.5}).requireGrad();
    Tensor y = Losses.probabilityCrossEntropy(p, TARGETS, Reduction.NONE);
    double[] expected = {1.2039728043259361, 1.6434177197931799, 0, 0, 0.6931471805599453};
    assertArrayEquals(expected, y.toDoubleArray(), 1e-12);
    Tensor dp = Autograd.of(y.sum()).gradients(p)[0];
    double[] slopes = {-3.333333333333333, 6.666666666666669, 0, 0, 0};
    assertArrayEquals(slopes, dp.toDoubleArray(), 1e-12);
    Tensor wrong = Tensor.of(new float[] {0});
    assertEquals(100, Losses.probabilityCrossEntropy(wrong, Tensor.ones(1), Reduction.SUM).item());
  }

  @Test
  void hubersLossBecomesAStraightLine() {
    Tensor x = Tensor.of(new double[] {1, -0.2, 3, 0.7});
    Tensor zero = x.mul(0);
    check(
        (a, b) -> Losses.huber(a, b, 0.7, Reduction.NONE),
        x,
        zero,
        new double[] {0.455, 0.02, 1.855, 0.245},
        new double[] {0.7, -0.2, 0.7, 0.7},
        new double[] {-0.7, 0.2, -0.7, -0.7});
    check(
        (a, b) -> Losses.smoothL1(a, b, 0.5, Reduction.NONE),
        x,
        zero,
        new double[] {0.75, 0.04, 2.75, 0.45},
        new double[] {1, -0.4, 1, 1},
        new double[] {-1, 0.4, -1, -1});
    assertThrows(TensorException.class, () -> Losses.huber(x, zero, 0, Reduction.SUM));
    Tensor nan = Tensor.of(new float[] {Float.NaN});
    assertEquals(Double.NaN, Losses.huber(nan, Tensor.zeros(1), 1, Reduction.SUM).item());
  }

  @Test
  void theDivergenceOfRowsIsAveragedOverRows() {
    Tensor logits = Tensor.of(new double[] {1, 2, 3, 0, 0, 1}, 2, 3);
    Tensor target = Tensor.of(new double[] {0.2, 0.3, 0.5, 0, 1, 0}, 2, 3);
    Tensor q = logits.logSoftmax();
    double[] rows = {0.0779529503798069, 1.551444713932051};
    assertArrayEquals(rows, Losses.klDivergence(q, target, Reduction.NONE).toDoubleArray(), 1e-12);
    assertEquals(0.8146988321559291, Losses.klDivergence(q, target, Reduction.MEAN).item(), 1e-12);
  }

  @Test
  void whatTheTargetExcludesMayBeImpossible() {
    Tensor q = Tensor.of(new double[] {0, Double.NEGATIVE_INFINITY}).requireGrad();
    Tensor p = Tensor.of(new double[] {1, 0}).requireGrad();
    Tensor loss = Losses.klDivergence(q, p, Reduction.SUM);
    assertEquals(0, loss.item());
    Tensor[] g = Autograd.of(loss).gradients(q, p);
    assertArrayEquals(new double[] {-1, 0}, g[0].toDoubleArray());
    assertArrayEquals(new double[] {1, 0}, g[1].toDoubleArray());
  }

  @Test
  void cosinesOfZeroVectorsAreZero() {
    check(
        (a, b) -> a.cosineSimilarity(b, 1),
        Tensor.of(new double[] {1, 2, 0, 0, 3, -4}, 3, 2),
        Tensor.of(new double[] {2, 1, 0, 0, -3, 4}, 3, 2),
        new double[] {0.8, 0, -1},
        new double[] {0.24, -0.12, 0, 0, 0, 0},
        new double[] {-0.12, 0.24, 0, 0, 0, 0});
  }

  @Test
  void meansOfCrossEntropyAreOverLabelledRows() {
    Tensor logits = Tensor.of(new double[] {1, 2, 0.5, 0.1, -1, 3, 2, 2, 2}, 3, 3);
    for (Device device : new Device[] {Device.CPU, Device.REFERENCE}) {
      Tensor x = logits.to(device);
      Tensor t = Tensor.of(new int[] {1, -100, 0}).to(device);
      double[] rows = {0.4643687841079449, 0, 1.0986122886681098};
      assertArrayEquals(rows, Losses.crossEntropy(x, t, 0, Reduction.NONE).toDoubleArray(), 1e-12);
      assertEquals(1.5629810727760547, Losses.crossEntropy(x, t, 0, Reduction.SUM).item(), 1e-12);
      assertEquals(0.7814905363880273, Losses.crossEntropy(x, t, 0, Reduction.MEAN).item(), 1e-12);
      assertEquals(
          0.8648238697213607, Losses.crossEntropy(x, t, 0.2, Reduction.MEAN).item(), 1e-12);
      Tensor none = Tensor.of(new int[] {-100, -100, -100}).to(device);
      assertEquals(0, Losses.crossEntropy(x, none, 0, Reduction.MEAN).item());
      assertEquals(0.7814905363880273, Losses.crossEntropy(x, 1, -100, 0).item(), 1e-12);
    }
  }

  @Test
  void reductionsAreThoseOfTheLosses() {
    Tensor x = Tensor.of(new float[] {1, 2, 4});
    Tensor t = Tensor.of(new float[] {1, 0, 1});
    float[] each = {0, 4, 9};
    assertArrayEquals(each, Losses.squaredError(x, t, Reduction.NONE).toFloatArray());
    assertEquals(13, Losses.squaredError(x, t, Reduction.SUM).item());
    assertEquals(13 / 3f, Losses.meanSquaredError(x, t).item(), 1e-6);
    var e = assertThrows(TensorException.class, () -> Losses.meanSquaredError(x, Tensor.ones(2)));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.contains("[3]") && message.contains("[2]"), message);
    assertThrows(
        TensorException.class, () -> Losses.binaryCrossEntropy(x, Tensor.of(new int[] {1, 0, 1})));
  }
}
