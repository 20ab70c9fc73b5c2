package org.espalier.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Objects;
import org.espalier.DType;
import org.espalier.Espalier;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.junit.jupiter.api.Test;

/// Convolution, pooling and norms of channels: bits, ties and errors. Their values are checked
/// against PyTorch in `WindowsAndNormsGoldenTest`.
class ConvolutionTest {
  private static Tensor waves(int... shape) {
    int n = Shape.of(shape).elements();
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) Math.sin(i * 1.7);
    }
    return Tensor.of(values, shape);
  }

  @Test
  void anExampleInABatchHasTheBitsOfTheExampleAlone() {
    Tensor x = waves(5, 3, 9, 8);
    Tensor w = waves(7, 3, 3, 3);
    Tensor whole = x.conv2d(w, null, Sliding.padded(1));
    for (int i = 0; i < 5; i++) {
      Tensor alone = x.slice(0, i, i + 1).conv2d(w, null, Sliding.padded(1));
      assertArrayEquals(alone.toFloatArray(), whole.slice(0, i, i + 1).toFloatArray());
    }
  }

  @Test
  void gradientsHaveTheSameBitsOnAnyNumberOfThreads() {
    float[][] one = gradients(1);
    float[][] four = gradients(4);
    assertArrayEquals(one[0], four[0]);
    assertArrayEquals(one[1], four[1]);
  }

  private static float[][] gradients(int threads) {
    float[][] found = new float[2][];
    Espalier.withThreads(
        threads,
        () -> {
          Tensor x = waves(8, 4, 20, 20).requireGrad();
          Tensor w = waves(8, 4, 3, 3).requireGrad();
          Tensor y = x.conv2d(w, null, new Sliding(1, 1, 1)).maxPool2d(2, Sliding.by(2));
          Tensor[] g = Autograd.of(y.square().sum()).gradients(x, w);
          found[0] = g[0].toFloatArray();
          found[1] = g[1].toFloatArray();
        });
    return found;
  }

  @Test
  void theFirstOfEqualsGetsTheGradientOfAMaximum() {
    Tensor x = Tensor.zeros(1, 1, 2, 4).requireGrad();
    x.maxPool2d(2, Sliding.by(2)).sum().backward();
    assertArrayEquals(
        new float[] {1, 0, 1, 0, 0, 0, 0, 0}, Objects.requireNonNull(x.grad()).toFloatArray());
  }

  @Test
  void refusesWhatDoesNotFit() {
    Tensor x = waves(2, 3, 5, 5);
    refused("[batch, channels, in...]", () -> x.conv2d(waves(4, 2, 3, 3), null, Sliding.DENSE));
    refused("bias [5]", () -> x.conv2d(waves(4, 3, 3, 3), waves(5), Sliding.DENSE));
    refused("2 groups", () -> Convolution.apply(x, waves(4, 3, 3, 3), null, 2, Sliding.DENSE));
    refused("weight of 3 axes", () -> x.conv1d(waves(4, 3, 3, 3), null, Sliding.DENSE));
    refused("window of 6", () -> x.conv2d(waves(4, 3, 6, 3), null, Sliding.DENSE));
    refused(
        "one for each",
        () ->
            Convolution.apply(
                x, waves(4, 3, 3, 3), null, 1, Sliding.DENSE, Sliding.DENSE, Sliding.DENSE));
    refused("stride from 1", () -> Sliding.by(0));
    refused("half of a window", () -> x.maxPool2d(3, Sliding.padded(2)));
    refused("as many axes", () -> waves(3).maxPool2d(2, Sliding.DENSE));
    refused("as many axes", () -> x.to(DType.I32).avgPool2d(2, Sliding.DENSE));
    refused("positive sizes", () -> x.adaptiveAvgPool(0));
    refused("empty axis", () -> WindowMax.apply(Tensor.zeros(2, 0), 1));
    refused("more than one value", () -> BatchNorm.apply(waves(1, 3), null, null, 1e-5));
    refused(
        "running mean", () -> BatchNorm.applyAndUpdate(x, null, null, waves(2), waves(3), 0.1, 0));
    refused("weight of 3 channels", () -> BatchNorm.apply(x, waves(4), null, 1e-5));
    refused("divides", () -> GroupNorm.apply(x, 2, null, null, 1e-5));
    refused("average over", () -> InstanceNorm.apply(waves(2, 3), null, null, 1e-5));
    refused("rmsNorm", () -> RmsNorm.apply(x, waves(4), 1e-5));
  }

  private static void refused(String says, Runnable call) {
    var thrown = assertThrows(TensorException.class, call::run);
    assertTrue(thrown.toString().contains(says), thrown.toString());
  }

  @Test
  void halvesComputeInSinglePrecision() {
    Tensor x = waves(1, 2, 4, 4);
    Tensor w = waves(2, 2, 3, 3);
    Tensor y = x.to(DType.BF16).conv2d(w.to(DType.BF16), null, Sliding.DENSE);
    assertEquals(DType.F32, y.dtype());
    Tensor widened = x.to(DType.BF16).to(DType.F32);
    assertArrayEquals(
        widened.conv2d(w.to(DType.BF16).to(DType.F32), null, Sliding.DENSE).toFloatArray(),
        y.toFloatArray());
  }
}
