package org.espalier.nn.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.espalier.DType;
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
    Parameters root = Parameters.loaded(new GoldenWeights(GOLDEN));
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
      compareGradients(root);
    }
  }

  private static void compareGradients(Parameters root) {
    Map<String, Double> largest = new HashMap<>();
    root.all()
        .keySet()
        .forEach(name -> largest.merge(layer(name), magnitude("gradient/" + name), Math::max));
    assertEquals(Set.of("embeddings", "encoder.layer.0", "encoder.layer.1"), largest.keySet());
    root.all()
        .forEach((name, parameter) -> {
          Tensor gradient = parameter.grad();
          assertNotNull(gradient, name);
          double inLayer = largest.getOrDefault(layer(name), 0.0);
          GOLDEN.assertClose("gradient/" + name, gradient, BOUND, inLayer);
          if (name.endsWith("self.key.bias")) {
            // Zero in theory: it moves all scores of a query alike.
            assertTrue(magnitude("gradient/" + name) < 1e-14 * inLayer);
            assertTrue(magnitude(gradient) < 1e-6 * inLayer, name);
          }
        });
  }

  /// The embeddings, or the number of the layer that a parameter is in.
  private static String layer(String name) {
    return name.startsWith("encoder.")
        ? name.substring(0, "encoder.layer.0".length())
        : "embeddings";
  }

  private static double magnitude(String name) {
    return magnitude(GOLDEN.get(name));
  }

  private static double magnitude(Tensor t) {
    return Arrays.stream(t.to(DType.F64).toDoubleArray()).map(Math::abs).max().orElse(0);
  }
}
