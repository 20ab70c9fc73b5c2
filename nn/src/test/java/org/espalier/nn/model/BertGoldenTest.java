package org.espalier.nn.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.nn.Context;
import org.espalier.nn.Parameters;
import org.espalier.nn.Ragged;
import org.espalier.nn.loss.Losses;
import org.espalier.testkit.Goldens;
import org.junit.jupiter.api.Test;

/// A whole tiny BERT in F32 against the same network in PyTorch in F64, which had each sequence
/// alone.
final class BertGoldenTest {
  private static final double BOUND = 1e-5;
  private static final Goldens GOLDEN = Goldens.open("bert");
  private static final BertConfig CONFIG = new BertConfig(20, 32, 2, 2, 20, 10, 2, 1e-12, 0, 0);

  @Test
  void hiddenStatesLossAndAllGradientsAreThoseOfPyTorch() {
    GoldenWeights golden = new GoldenWeights(GOLDEN);
    Parameters root = Parameters.loaded(golden);
    Bert bert = new Bert(root, CONFIG);
    assertEquals(Set.of(), root.unused());
    try (Scope _ = Scope.open()) {
      Context context =
          Context.inference(Ragged.of(GOLDEN.get("lengths").toIntArray()))
              .withSegments(GOLDEN.get("segments"));
      Tensor hidden = bert.forward(context, GOLDEN.get("ids"));
      GOLDEN.assertClose("hidden", hidden, BOUND, 0);
      Tensor logits = hidden.linear(GOLDEN.get("classifier"), null);
      Tensor loss = Losses.crossEntropy(logits, GOLDEN.get("targets").toIntArray());
      GOLDEN.assertClose("loss", loss, BOUND, 0);
      loss.backward();
      Map<String, Double> largest = golden.assertGradients(root, BOUND, BertGoldenTest::layer);
      assertEquals(Set.of("embeddings", "encoder.layer.0", "encoder.layer.1"), largest.keySet());
      assertThatKeyBiasesGetNothing(golden, root, largest);
    }
  }

  /// Zero in theory: a bias of all keys moves all scores of a query alike.
  private static void assertThatKeyBiasesGetNothing(
      GoldenWeights golden, Parameters root, Map<String, Double> largest) {
    int biases = 0;
    for (var parameter : root.all().entrySet()) {
      String name = parameter.getKey();
      if (name.endsWith("self.key.bias")) {
        double inLayer = largest.getOrDefault(layer(name), 0.0);
        assertTrue(golden.largestGradient(name) < 1e-14 * inLayer);
        Tensor gradient = Objects.requireNonNull(parameter.getValue().grad(), name);
        assertTrue(GoldenWeights.magnitude(gradient) < 1e-6 * inLayer, name);
        biases++;
      }
    }
    assertEquals(CONFIG.layers(), biases);
  }

  /// The embeddings, or the number of the layer that a parameter is in.
  private static String layer(String name) {
    return name.startsWith("encoder.")
        ? name.substring(0, "encoder.layer.0".length())
        : "embeddings";
  }
}
