package org.espalier.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.junit.jupiter.api.Test;

class ScaledDotProductTest {
  private static Tensor normal(int seed, int... sizes) {
    Random random = new Random(seed);
    float[] values = new float[Shape.of(sizes).elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.of(values, sizes);
  }

  private static float[] row(Tensor y, int batch, int head, int query) {
    return y.slice(0, batch, batch + 1)
        .slice(1, head, head + 1)
        .slice(2, query, query + 1)
        .contiguous()
        .toFloatArray();
  }

  @Test
  void paddingLeavesTheBitsOfASequenceAsTheyAreAlone() {
    Tensor q = normal(1, 3, 2, 6, 4);
    Tensor k = normal(2, 3, 1, 8, 4);
    Tensor v = normal(3, 3, 1, 8, 4);
    int[] queries = {6, 0, 3};
    int[] keys = {5, 8, 8};
    Tensor batch = ScaledDotProduct.of(q, k, v).lengths(queries, keys).causal().apply();
    for (int s = 0; s < 3; s++) {
      Tensor alone =
          ScaledDotProduct.of(
                  q.slice(0, s, s + 1).slice(2, 0, queries[s]),
                  k.slice(0, s, s + 1).slice(2, 0, keys[s]),
                  v.slice(0, s, s + 1).slice(2, 0, keys[s]))
              .causal()
              .apply();
      for (int i = 0; i < 6; i++) {
        float[] expected = i < queries[s] ? row(alone, 0, 1, i) : new float[4];
        assertArrayEquals(expected, row(batch, s, 1, i), "sequence " + s + " query " + i);
      }
    }
  }

  @Test
  void aCachedQueryHasTheBitsOfItsRowInTheWhole() {
    Tensor q = normal(1, 2, 4, 9, 8);
    Tensor k = normal(2, 2, 2, 9, 8);
    Tensor v = normal(3, 2, 2, 9, 8);
    Tensor whole = ScaledDotProduct.of(q, k, v).causal().apply();
    for (int i = 0; i < 9; i++) {
      Tensor step =
          ScaledDotProduct.of(q.slice(2, i, i + 1), k.slice(2, 0, i + 1), v.slice(2, 0, i + 1))
              .causal()
              .apply();
      assertArrayEquals(row(whole, 1, 3, i), row(step, 1, 3, 0));
    }
  }

  @Test
  void aMaskHidesWhatItSaysAndARowOfNothingIsZero() {
    Tensor q = normal(1, 1, 1, 3, 2);
    Tensor k = normal(2, 1, 1, 3, 2);
    Tensor v = normal(3, 1, 1, 3, 2);
    boolean[] sees = {true, false, false, false, false, false, false, false, true};
    Tensor y = q.scaledDotProduct(k, v).mask(Tensor.of(sees, 3, 3)).apply();
    float[] values = v.toFloatArray();
    float[] expected = {values[0], values[1], 0, 0, values[4], values[5]};
    assertArrayEquals(expected, y.contiguous().toFloatArray());
  }

  @Test
  void saysWhatDoesNotFit() {
    Tensor q = normal(1, 2, 3, 4, 5);
    Tensor k = normal(2, 2, 2, 4, 5);
    String shapes =
        String.valueOf(
            assertThrows(TensorException.class, () -> ScaledDotProduct.of(q, k, k)).getMessage());
    assertTrue(shapes.contains(q.shape().toString()) && shapes.contains("kvHeads"), shapes);
    ScaledDotProduct call = ScaledDotProduct.of(q, q, q);
    assertThrows(TensorException.class, () -> call.lengths(4));
    assertThrows(TensorException.class, () -> call.lengths(4, 5));
    assertThrows(TensorException.class, () -> call.lengths(4, -1));
    assertThrows(TensorException.class, () -> call.window(0));
    assertThrows(TensorException.class, () -> call.mask(q));
    assertThrows(TensorException.class, () -> call.mask(Tensor.of(new boolean[5])));
    assertThrows(TensorException.class, () -> call.dropout(1.5, 0, 0).apply());
  }

  @Test
  void raggedMasksMustCoverEverySequenceAndHead() {
    Tensor x = normal(1, 6, 4);
    Tensor offsets = Tensor.of(new int[] {0, 2, 6});
    var attention = new Attention(2, 2, 1, true, 0, 0, 0);
    for (int[] sizes : new int[][] {{2, 2, 3, 4}, {2, 2, 4, 3}, {3, 1, 4, 4}, {1, 4, 4, 4}}) {
      Tensor mask = Tensor.of(new boolean[Shape.of(sizes).elements()], sizes);
      assertThrows(
          TensorException.class,
          () -> attention.apply(x, x, x, offsets, offsets, null, mask),
          Arrays.toString(sizes));
    }
    Tensor prefixes = Tensor.of(new int[] {1, 1});
    assertThrows(
        TensorException.class,
        () ->
            new Attention(2, 2, 1, true, 3, 0, 0, 0)
                .apply(x, x, x, offsets, offsets, prefixes, null));
    assertThrows(
        TensorException.class,
        () -> attention.apply(x, x, x, offsets, offsets, Tensor.of(new int[] {1}), null));
    assertEquals(x.shape(), attention.apply(x, x, x, offsets, offsets, prefixes, null).shape());
  }
}
