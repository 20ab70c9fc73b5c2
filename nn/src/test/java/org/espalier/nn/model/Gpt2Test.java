package org.espalier.nn.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Set;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.nn.Context;
import org.espalier.nn.Parameters;
import org.espalier.nn.Ragged;
import org.espalier.nn.layer.TransposedLinear;
import org.espalier.nn.loss.Losses;
import org.espalier.nn.optim.AdamW;
import org.espalier.nn.optim.ParameterGroup;
import org.espalier.testkit.Goldens;
import org.junit.jupiter.api.Test;

/// A whole tiny GPT-2, in F32 against the same network in PyTorch in F64, which had each sequence
/// alone, and by itself.
final class Gpt2Test {
  private static final double BOUND = 1e-5;
  private static final Goldens GOLDEN = Goldens.open("gpt2");
  private static final Gpt2Config CONFIG = new Gpt2Config(20, 32, 2, 2, 40, 10, 1e-5, 0, 0);

  private static float[] hidden(Gpt2 gpt2, int[] ids, int... lengths) {
    try (Scope _ = Scope.open()) {
      Context context = Context.inference(Ragged.of(lengths));
      return Autograd.noGrad(() -> gpt2.forward(context, Tensor.of(ids)).toFloatArray());
    }
  }

  @Test
  void hiddenStatesLossAndAllGradientsAreThoseOfPyTorch() {
    Parameters root = Parameters.loaded(new GoldenWeights(GOLDEN));
    Gpt2 gpt2 = new Gpt2(root, CONFIG);
    assertEquals(Set.of(), root.unused());
    try (Scope _ = Scope.open()) {
      Ragged layout = Ragged.of(GOLDEN.get("lengths").toIntArray());
      Tensor ids = GOLDEN.get("ids");
      Tensor hidden = gpt2.forward(Context.inference(layout), ids);
      GOLDEN.assertClose("hidden", hidden, BOUND, 0);
      Tensor loss = Losses.nextToken(gpt2.logits(hidden), ids, layout);
      GOLDEN.assertClose("loss", loss, BOUND, 0);
      loss.backward();
      var largest = new GoldenWeights(GOLDEN).assertGradients(root, BOUND, Gpt2Test::part);
      assertEquals(Set.of("wte", "wpe", "h.0", "h.1", "ln_f"), largest.keySet());
    }
  }

  /// A table, the last norm, or the number of the block that a parameter is in.
  private static String part(String name) {
    return name.substring(0, name.startsWith("h.") ? "h.0".length() : name.indexOf('.'));
  }

  @Test
  void carriesTheNamesAndTheLayoutOfHuggingFace() {
    Parameters root = Parameters.random(1);
    assertNotNull(new Gpt2(root, CONFIG));
    assertEquals(4 + 2 * 12, root.all().size());
    assertEquals("[32, 96]", root.get("h.1.attn.c_attn.weight").shape().toString());
    assertEquals("[96]", root.get("h.1.attn.c_attn.bias").shape().toString());
    assertEquals("[40, 32]", root.get("h.0.mlp.c_proj.weight").shape().toString());
    assertFalse(root.all().containsKey("lm_head.weight"));
  }

  @Test
  void aTokenDoesNotSeeThoseAfterIt() {
    Gpt2 gpt2 = new Gpt2(Parameters.random(3), CONFIG);
    float[] five = hidden(gpt2, new int[] {1, 2, 3, 4, 5}, 5);
    float[] other = hidden(gpt2, new int[] {1, 2, 3, 9, 9}, 5);
    assertArrayEquals(Arrays.copyOf(five, 3 * 32), Arrays.copyOf(other, 3 * 32));
    assertFalse(Arrays.equals(five, other));
  }

  @Test
  void aRowInABatchEqualsTheRowAloneToTheBit() {
    Gpt2 gpt2 = new Gpt2(Parameters.random(3), CONFIG);
    float[] together = hidden(gpt2, new int[] {1, 2, 3, 4, 5, 6}, 2, 0, 4);
    assertArrayEquals(Arrays.copyOf(together, 2 * 32), hidden(gpt2, new int[] {1, 2}, 2));
    assertArrayEquals(
        Arrays.copyOfRange(together, 2 * 32, 6 * 32), hidden(gpt2, new int[] {3, 4, 5, 6}, 4));
  }

  @Test
  void learnsATextByHeart() {
    Parameters root = Parameters.random(5);
    Gpt2 gpt2 = new Gpt2(root, CONFIG.withDropout(0.05, 0.05));
    AdamW adamw = new AdamW(ParameterGroup.decayed(root.all(), 1e-2, 0.01), AdamW.SparseRows.ALL);
    Tensor ids = Tensor.of(new int[] {3, 1, 4, 1, 5, 9, 2, 6, 5, 3});
    Ragged layout = Ragged.of(10);
    double first = 0;
    double last = 0;
    for (int step = 0; step < 40; step++) {
      try (Scope _ = Scope.open()) {
        Tensor hidden = gpt2.forward(Context.training(layout, step), ids);
        Tensor loss = Losses.nextToken(gpt2.logits(hidden), ids, layout);
        loss.backward();
        last = loss.item();
        first = step == 0 ? last : first;
        adamw.step(1, 1);
      }
    }
    assertTrue(Math.abs(first - Math.log(20)) < 0.3, "began at " + first);
    assertTrue(last < 0.5, "came to " + last);
  }

  @Test
  void anAdapterSeesTheWeightAsOutByIn() {
    Parameters root = Parameters.random(1);
    TransposedLinear layer =
        new TransposedLinear(
            root, 3, 2, (shape, random) -> Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2));
    Tensor x = Tensor.of(new float[] {1, 10, 100}, 1, 3);
    Context context = Context.inference(Ragged.of(1));
    assertArrayEquals(new float[] {531, 642}, layer.forward(context, x).toFloatArray());
    layer.attach((c, rows, weight, bias) -> rows.linear(weight, bias).mul(2));
    assertArrayEquals(new float[] {1062, 1284}, layer.forward(context, x).toFloatArray());
  }

  @Test
  void tellsWhichSequenceIsTooLong() {
    Gpt2 gpt2 = new Gpt2(Parameters.random(1), CONFIG);
    TensorException e = assertThrows(TensorException.class, () -> hidden(gpt2, new int[13], 2, 11));
    assertTrue(e.toString().contains("sequence 1 has 11 tokens"), e.toString());
    IllegalArgumentException sizes =
        assertThrows(
            IllegalArgumentException.class, () -> new Gpt2Config(20, 32, 2, 5, 40, 10, 1e-5, 0, 0));
    assertTrue(sizes.toString().contains("heads 5"), sizes.toString());
  }
}
