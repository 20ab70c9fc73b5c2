package org.espalier.nn.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.espalier.Tensor;
import org.espalier.nn.Context;
import org.espalier.nn.Parameters;
import org.espalier.nn.Ragged;
import org.junit.jupiter.api.Test;

final class LayerTest {
  private static final Context INFERENCE = Context.inference(Ragged.of(2));

  @Test
  void linearMultipliesByTheTransposedWeightAndAddsTheBias() {
    Parameters p = Parameters.random(1);
    Linear layer = new Linear(p, 3, 2);
    Tensor w = p.get("weight");
    Tensor b = p.get("bias");
    b.detach().copyInPlace(Tensor.of(new float[] {10, 20}));
    float[] v = w.toFloatArray();
    float[] y =
        layer.forward(INFERENCE, Tensor.of(new float[] {1, 2, 3, 0, 0, 0}, 2, 3)).toFloatArray();
    assertEquals(10 + v[0] + 2 * v[1] + 3 * v[2], y[0], 1e-5);
    assertEquals(20 + v[3] + 2 * v[4] + 3 * v[5], y[1], 1e-5);
    assertEquals(10, y[2]);
  }

  @Test
  void anAdapterAttachesToLinearWithoutRewritingIt() {
    Linear layer = new Linear(Parameters.random(1), 3, 3);
    Tensor x = Tensor.ones(2, 3);
    Tensor before = layer.forward(INFERENCE, x);
    layer.attach((context, in, weight, bias) -> in.linear(weight, bias).add(in));
    assertTrue(layer.forward(INFERENCE, x).allClose(before.add(x), 0, 1e-7));
  }

  @Test
  void dropoutIsOffInInferenceAndScalesWhatItKeepsInTraining() {
    Dropout layer = new Dropout(Parameters.random(1).at("a"), 0.25);
    Tensor x = Tensor.ones(50, 40);
    assertSame(x, layer.forward(INFERENCE, x));
    float[] y = layer.forward(Context.training(Ragged.of(50), 3), x).toFloatArray();
    int zeros = 0;
    for (float v : y) {
      assertTrue(v == 0 || Math.abs(v - 4f / 3) < 1e-4, "value " + v);
      zeros += v == 0 ? 1 : 0;
    }
    // binomial deviation 19
    assertEquals(500, zeros, 80);
  }

  @Test
  void layerNormGivesRowsOfMeanZeroAndVarianceOne() {
    LayerNorm layer = new LayerNorm(Parameters.random(1), 4, 1e-12);
    float[] y =
        layer
            .forward(INFERENCE, Tensor.of(new float[] {1, 2, 3, 4, -5, 5, -5, 5}, 2, 4))
            .toFloatArray();
    assertArrayEquals(
        new float[] {-1.3416408f, -0.4472136f, 0.4472136f, 1.3416408f, -1, 1, -1, 1}, y, 1e-6f);
  }

  @Test
  void embeddingLooksUpRows() {
    Parameters p = Parameters.random(1);
    Embedding layer = new Embedding(p, 5, 2);
    Tensor table = p.get("weight");
    float[] t = table.toFloatArray();
    assertArrayEquals(
        new float[] {t[6], t[7], t[0], t[1]},
        layer.forward(INFERENCE, Tensor.of(new int[] {3, 0})).toFloatArray());
  }
}
