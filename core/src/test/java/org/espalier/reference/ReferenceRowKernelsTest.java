package org.espalier.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.TensorException;
import org.espalier.random.DropoutMask;
import org.espalier.spi.FusedKernel;
import org.espalier.spi.View;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Softmax, layer norm, GELU, cross-entropy, dropout, segment mean: hand-worked values, and
/// gradients by central differences of the forward kernels.
class ReferenceRowKernelsTest {
  private static final Shape SHAPE = Shape.of(3, 4);
  private final ReferenceBackend backend = new ReferenceBackend();

  private static View input(long seed) {
    return Views.f64(SHAPE, Views.random(seed, 12));
  }

  @Test
  void softmaxOfKnownRows() {
    View x = Views.f64(Shape.of(2, 3), 0, Math.log(2), Math.log(5), 1000, 1000, -1e300);
    View y = Views.f64(x.shape());
    backend.run(new FusedKernel.Softmax(x, false, y));
    assertArrayEquals(new double[] {0.125, 0.25, 0.625, 0.5, 0.5, 0}, Views.values(y), 1e-15);
    backend.run(new FusedKernel.Softmax(x, true, x));
    assertArrayEquals(
        new double[] {Math.log(0.125), Math.log(0.25), Math.log(0.625)},
        java.util.Arrays.copyOf(Views.values(x), 3),
        1e-15);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void softmaxGradientIsTheSlope(boolean log) {
    View x = input(1);
    View y = Views.f64(SHAPE);
    double[] weights = Views.random(2, 12);
    double[] numeric =
        Views.numericGradient(
            x,
            () -> {
              backend.run(new FusedKernel.Softmax(x, log, y));
              return Views.dot(weights, y);
            });
    backend.run(new FusedKernel.Softmax(x, log, y));
    View dy = Views.f64(SHAPE, weights);
    backend.run(new FusedKernel.SoftmaxBackward(y, dy, log, dy));
    assertArrayEquals(numeric, Views.values(dy), 1e-9);
  }

  @Test
  void layerNormOfAKnownRow() {
    View x = Views.f32(Shape.of(1, 4), 1, 2, 3, 4);
    View weight = Views.f32(Shape.of(4), 1, 1, 2, 1);
    View bias = Views.f32(Shape.of(4), 0, 0, 0, 10);
    View y = Views.f32(Shape.of(1, 4));
    View mean = Views.f32(Shape.of(1));
    View rstd = Views.f32(Shape.of(1));
    backend.run(new FusedKernel.LayerNorm(x, weight, bias, 0, y, mean, rstd));
    double r = 1 / Math.sqrt(1.25);
    assertEquals(2.5, Views.values(mean)[0]);
    assertEquals(r, Views.values(rstd)[0], 1e-7);
    assertArrayEquals(new double[] {-1.5 * r, -0.5 * r, r, 1.5 * r + 10}, Views.values(y), 1e-6);
  }

  @Test
  void layerNormKeepsItsDigitsFarFromZero() {
    View x = Views.f32(Shape.of(1, 2), 4_000_000, 4_000_001);
    View one = Views.f32(Shape.of(2), 1, 1);
    View zero = Views.f32(Shape.of(2), 0, 0);
    View mean = Views.f32(Shape.of(1));
    View rstd = Views.f32(Shape.of(1));
    View y = Views.f32(Shape.of(1, 2));
    backend.run(new FusedKernel.LayerNorm(x, one, zero, 0, y, mean, rstd));
    assertArrayEquals(new double[] {-1, 1}, Views.values(y));
  }

  @Test
  void layerNormGradientsAreTheSlopes() {
    View x = input(3);
    View weight = Views.f64(Shape.of(4), Views.random(4, 4));
    View bias = Views.f64(Shape.of(4), Views.random(5, 4));
    View y = Views.f64(SHAPE);
    View mean = Views.f64(Shape.of(3));
    View rstd = Views.f64(Shape.of(3));
    double[] weights = Views.random(6, 12);
    var forward = new FusedKernel.LayerNorm(x, weight, bias, 1e-3, y, mean, rstd);
    Views.Loss loss =
        () -> {
          backend.run(forward);
          return Views.dot(weights, y);
        };
    double[] dx = Views.numericGradient(x, loss);
    double[] dweight = Views.numericGradient(weight, loss);
    double[] dbias = Views.numericGradient(bias, loss);
    backend.run(forward);
    View gx = Views.f64(SHAPE);
    View gweight = Views.f64(Shape.of(4));
    View gbias = Views.f64(Shape.of(4));
    backend.run(
        new FusedKernel.LayerNormBackward(
            Views.f64(SHAPE, weights), x, mean, rstd, weight, gx, gweight, gbias));
    assertArrayEquals(dx, Views.values(gx), 1e-8);
    assertArrayEquals(dweight, Views.values(gweight), 1e-8);
    assertArrayEquals(dbias, Views.values(gbias), 1e-8);
  }

  /// Values by 30-digit arithmetic.
  @Test
  void geluOfKnownPoints() {
    View x = Views.f64(Shape.of(5), 0, 1, -1, -10, 40);
    View y = Views.f64(Shape.of(5));
    backend.run(new FusedKernel.Gelu(x, false, y));
    assertArrayEquals(
        new double[] {0, 0.8413447460685429, -0.15865525393145705, -7.619853024160526e-23, 40},
        Views.values(y),
        1e-15);
    assertEquals(-7.619853024160526e-23, Views.values(y)[3], 1e-36);
    backend.run(new FusedKernel.Gelu(x, true, y));
    assertArrayEquals(
        new double[] {0, 0.8411919906082767, -0.1588080093917233, 0, 40}, Views.values(y), 1e-14);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void geluGradientIsTheSlope(boolean tanh) {
    View x = Views.f64(Shape.of(9), -6, -2.5, -1, -0.1, 0, 0.3, 1, 2.5, 6);
    View y = Views.f64(x.shape());
    double[] ones = new double[9];
    java.util.Arrays.fill(ones, 1);
    double[] numeric =
        Views.numericGradient(
            x,
            () -> {
              backend.run(new FusedKernel.Gelu(x, tanh, y));
              return Views.dot(ones, y);
            });
    View dy = Views.f64(x.shape(), ones);
    backend.run(new FusedKernel.GeluBackward(x, dy, tanh, dy));
    assertArrayEquals(numeric, Views.values(dy), 1e-9);
    View far = Views.f64(Shape.of(3), -1e200, 1e200, Double.POSITIVE_INFINITY);
    View slope = Views.f64(Shape.of(3), 1, 1, 1);
    backend.run(new FusedKernel.GeluBackward(far, slope, tanh, slope));
    assertArrayEquals(new double[] {0, 1, 1}, Views.values(slope));
  }

  @Test
  void crossEntropyOfKnownRows() {
    View logits = Views.f64(Shape.of(3, 2), 0, Math.log(3), 1000, 0, 5, 5);
    View targets = Views.ints(1, 1, -100);
    View loss = Views.f64(Shape.of(3));
    View sums = Views.f64(Shape.of(3, 2));
    backend.run(new FusedKernel.CrossEntropy(logits, targets, -100, 0, loss, sums));
    assertArrayEquals(new double[] {-Math.log(0.75), 1000, 0}, Views.values(loss), 1e-15);
    assertArrayEquals(
        new double[] {Math.log(3), 4 / 3.0, 1000, 1, 5, 2}, Views.values(sums), 1e-15);
    backend.run(new FusedKernel.CrossEntropy(logits, targets, -100, 0.2, loss, sums));
    assertEquals(-0.9 * Math.log(0.75) - 0.1 * Math.log(0.25), Views.values(loss)[0], 1e-15);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.3})
  void crossEntropyGradientIsTheSlope(double smoothing) {
    View logits = input(7);
    View targets = Views.ints(2, 9, 0);
    View loss = Views.f64(Shape.of(3));
    View sums = Views.f64(Shape.of(3, 2));
    double[] rowScale = {0.5, 2, -1};
    var forward = new FusedKernel.CrossEntropy(logits, targets, 9, smoothing, loss, sums);
    double[] numeric =
        Views.numericGradient(
            logits,
            () -> {
              backend.run(forward);
              return Views.dot(rowScale, loss);
            });
    backend.run(forward);
    View scale = Views.f64(Shape.of(3), rowScale);
    backend.run(
        new FusedKernel.CrossEntropyBackward(logits, targets, sums, scale, 9, smoothing, logits));
    assertArrayEquals(numeric, Views.values(logits), 1e-9);
    assertEquals(0, Views.values(logits)[4]);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 4})
  void crossEntropyNamesRowTargetAndClasses(int target) {
    View rows = Views.f64(Shape.of(3));
    var forward =
        new FusedKernel.CrossEntropy(input(8), Views.ints(0, target, 0), -100, 0, rows, rows);
    var thrown = assertThrows(TensorException.class, () -> backend.run(forward));
    assertTrue(
        thrown.toString().contains("target " + target + " of row 1")
            && thrown.toString().contains("4 classes"),
        thrown.toString());
  }

  @Test
  void dropoutAsksTheMaskOfRowAndColumn() {
    View x = Views.f64(Shape.of(2, 3, 40));
    backend.fill(x, 3);
    View y = Views.f64(x.shape());
    backend.run(new FusedKernel.Dropout(x, 0.25, 42, 7, y));
    double[] values = Views.values(y);
    for (int i = 0; i < values.length; i++) {
      int key = DropoutMask.rowKey(42, 7, i / 40);
      assertEquals(DropoutMask.dropped(key, i % 40, 16384) ? 0 : 4, values[i]);
    }
    backend.run(new FusedKernel.Dropout(x, 0, 42, 7, y));
    assertArrayEquals(Views.values(x), Views.values(y));
    x.heap().setDouble(0, Double.NaN);
    backend.run(new FusedKernel.Dropout(x, 1, 42, 7, x));
    assertArrayEquals(new double[240], Views.values(x));
  }

  @Test
  void segmentMeanOfRaggedRows() {
    View x = Views.f32(Shape.of(4, 2), 1, 2, 3, 4, 5, 6, 100, 100);
    View y = Views.f32(Shape.of(3, 2));
    View offsets = Views.ints(0, 2, 2, 3);
    backend.run(new FusedKernel.SegmentMean(x, offsets, y));
    assertArrayEquals(new double[] {2, 3, 0, 0, 5, 6}, Views.values(y));
    View dx = Views.f32(Shape.of(4, 2));
    backend.run(new FusedKernel.SegmentMeanBackward(y, offsets, dx));
    assertArrayEquals(new double[] {1, 1.5, 1, 1.5, 5, 6, 0, 0}, Views.values(dx));
  }

  @Test
  void refusesOffsetsThatDescendOrLeaveTheRows() {
    View x = Views.f32(Shape.of(4, 2));
    View y = Views.f32(Shape.of(2, 2));
    for (View offsets :
        new View[] {Views.ints(0, 3, 2), Views.ints(0, 2, 5), Views.ints(-1, 2, 4)}) {
      var kernel = new FusedKernel.SegmentMean(x, offsets, y);
      var thrown = assertThrows(TensorException.class, () -> backend.run(kernel));
      assertTrue(thrown.toString().contains("must lie between"), thrown.toString());
    }
  }

  @Test
  void supportsEveryKernelOfRealNumbers() {
    assertTrue(backend.supports(FusedKernel.Attention.class, DType.F32));
    assertTrue(backend.supports(FusedKernel.AdamW.class, DType.F64));
    assertEquals(false, backend.supports(FusedKernel.Gelu.class, DType.I32));
  }
}
