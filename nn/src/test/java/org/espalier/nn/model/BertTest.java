package org.espalier.nn.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.espalier.Espalier;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.nn.Context;
import org.espalier.nn.Parameters;
import org.espalier.nn.Ragged;
import org.espalier.random.RandomStream;
import org.junit.jupiter.api.Test;

final class BertTest {
  private static final BertConfig TINY = new BertConfig(50, 32, 2, 4, 48, 40, 2, 1e-12, 0, 0);

  private static int[] ids(int n, long seed) {
    RandomStream random = new RandomStream(seed, 0);
    int[] ids = new int[n];
    Arrays.setAll(ids, i -> random.nextInt(TINY.vocabSize()));
    return ids;
  }

  private static float[] hidden(Bert bert, int[] ids, int... lengths) {
    try (Scope _ = Scope.open()) {
      return Autograd.noGrad(
          () -> bert.forward(Context.inference(Ragged.of(lengths)), Tensor.of(ids)).toFloatArray());
    }
  }

  @Test
  void carriesTheNamesOfHuggingFace() {
    Parameters root = Parameters.random(1);
    assertNotNull(new Bert(root, TINY));
    assertEquals(5 + 2 * 16, root.all().size());
    for (String name :
        new String[] {
          "embeddings.word_embeddings.weight",
          "embeddings.LayerNorm.bias",
          "encoder.layer.0.attention.self.query.weight",
          "encoder.layer.1.attention.output.dense.bias",
          "encoder.layer.1.attention.output.LayerNorm.weight",
          "encoder.layer.0.intermediate.dense.weight",
          "encoder.layer.0.output.LayerNorm.bias"
        }) {
      assertTrue(root.all().containsKey(name), name);
    }
  }

  @Test
  void aRowInABatchEqualsTheRowAloneToTheBit() {
    Bert bert = new Bert(Parameters.random(3), TINY);
    int[] lengths = {7, 1, 33, 0, 12};
    int[] all = ids(53, 4);
    float[] together = hidden(bert, all, lengths);
    int at = 0;
    for (int n : lengths) {
      if (n > 0) {
        float[] alone = hidden(bert, Arrays.copyOfRange(all, at, at + n), n);
        assertArrayEquals(Arrays.copyOfRange(together, at * 32, (at + n) * 32), alone);
      }
      at += n;
    }
  }

  @Test
  void theBitsDoNotDependOnTheNumberOfThreads() {
    Bert bert = new Bert(Parameters.random(3), TINY);
    float[][] out = new float[2][];
    Espalier.withThreads(1, () -> out[0] = hidden(bert, ids(60, 5), 40, 20));
    Espalier.withThreads(4, () -> out[1] = hidden(bert, ids(60, 5), 40, 20));
    assertArrayEquals(out[0], out[1]);
  }

  @Test
  void theGradientIsTheSlopeOfTheLossInARandomDirection() {
    Parameters root = Parameters.random(7);
    Bert bert = new Bert(root, TINY);
    Tensor ids = Tensor.of(ids(23, 8));
    Context context = Context.inference(Ragged.of(9, 14));
    Tensor direction = Tensor.of(normal(23 * 32, 1), 23, 32);
    bert.forward(context, ids).mul(direction).sum().backward();
    double slope = 0;
    float step = 2e-3f;
    double[] losses = new double[2];
    int stream = 2;
    for (Tensor p : root.all().values()) {
      Tensor move = Tensor.of(normal(p.elements(), stream++), p.shape().sizes());
      Tensor g = p.grad();
      assertNotNull(g);
      slope += g.mul(move).sum().item();
    }
    for (int sign = 0; sign < 2; sign++) {
      float by = sign == 0 ? step : -step;
      Parameters moved = Parameters.random(7);
      Bert other = new Bert(moved, TINY);
      int s = 2;
      for (Tensor p : moved.all().values()) {
        Tensor move = Tensor.of(normal(p.elements(), s++), p.shape().sizes()).mul(by * 0.01);
        Autograd.noGrad(() -> p.addInPlace(move));
      }
      losses[sign] = Autograd.noGrad(() -> other.forward(context, ids).mul(direction).sum().item());
    }
    double numeric = (losses[0] - losses[1]) / (2 * step * 0.01);
    assertEquals(numeric, slope, 2e-2 * Math.abs(numeric));
  }

  private static float[] normal(int n, int stream) {
    RandomStream random = new RandomStream(99, stream);
    float[] v = new float[n];
    for (int i = 0; i < n; i++) {
      v[i] = (float) random.nextNormal();
    }
    return v;
  }

  @Test
  void dropoutIsTheSameForASeedAndAnotherForAnother() {
    Bert bert = new Bert(Parameters.random(3), TINY.withDropout(0.1, 0.1));
    Tensor ids = Tensor.of(ids(20, 5));
    Ragged layout = Ragged.of(20);
    Tensor a = bert.forward(Context.training(layout, 1), ids);
    assertArrayEquals(
        a.toFloatArray(), bert.forward(Context.training(layout, 1), ids).toFloatArray());
    assertFalse(a.allClose(bert.forward(Context.training(layout, 2), ids), 0, 1e-3));
    assertFalse(a.allClose(bert.forward(Context.inference(layout), ids), 0, 1e-3));
  }

  @Test
  void segmentsMatterWhereTheyAreGiven() {
    Bert bert = new Bert(Parameters.random(3), TINY);
    Tensor ids = Tensor.of(ids(6, 5));
    Context plain = Context.inference(Ragged.of(6));
    Tensor zeros = bert.forward(plain.withSegments(Tensor.of(new int[6])), ids);
    assertArrayEquals(zeros.toFloatArray(), bert.forward(plain, ids).toFloatArray());
    Tensor ones = bert.forward(plain.withSegments(Tensor.of(new int[] {0, 0, 0, 1, 1, 1})), ids);
    assertFalse(zeros.allClose(ones, 0, 1e-4));
  }

  @Test
  void saysWhichSequenceIsTooLongAndWhichIdIsUnknown() {
    Bert bert = new Bert(Parameters.random(3), TINY);
    var tooLong = assertThrows(TensorException.class, () -> hidden(bert, new int[43], 2, 41));
    assertTrue(
        String.valueOf(tooLong.getMessage()).contains("sequence 1 has 41"), tooLong.getMessage());
    var unknown = assertThrows(TensorException.class, () -> hidden(bert, new int[] {50}, 1));
    assertTrue(String.valueOf(unknown.getMessage()).contains("50"), unknown.getMessage());
  }

  @Test
  void refusesSizesThatMakeNoModel() {
    assertThrows(
        IllegalArgumentException.class, () -> new BertConfig(50, 30, 2, 4, 48, 40, 2, 1e-12, 0, 0));
    assertThrows(
        IllegalArgumentException.class, () -> new BertConfig(0, 32, 2, 4, 48, 40, 2, 1e-12, 0, 0));
  }
}
