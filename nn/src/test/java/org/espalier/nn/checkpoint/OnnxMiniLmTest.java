package org.espalier.nn.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.espalier.Shape;
import org.junit.jupiter.api.Test;

/// The export of a real model, against the names of its checkpoint and against values that ONNX's
/// own Python library read.
class OnnxMiniLmTest {
  private static final String RESOURCE = "all-minilm-l6-v2.onnx";
  private static final int LAYERS = 6;

  private static Set<String> namesOfABert(int layers) {
    var names = new HashSet<String>();
    for (var table : new String[] {"word", "position", "token_type"}) {
      names.add("embeddings." + table + "_embeddings.weight");
    }
    addPair(names, "embeddings.LayerNorm");
    for (int layer = 0; layer < layers; layer++) {
      var prefix = "encoder.layer." + layer + ".";
      for (var part : new String[] {"query", "key", "value"}) {
        addPair(names, prefix + "attention.self." + part);
      }
      for (var block : new String[] {"attention.output", "output"}) {
        addPair(names, prefix + block + ".dense");
        addPair(names, prefix + block + ".LayerNorm");
      }
      addPair(names, prefix + "intermediate.dense");
    }
    return names;
  }

  private static void addPair(Set<String> names, String layer) {
    names.add(layer + ".weight");
    names.add(layer + ".bias");
  }

  @Test
  void readsEveryWeightUnderItsCheckpointName() throws IOException {
    OnnxInitializers weights;
    try (var stream = getClass().getClassLoader().getResourceAsStream(RESOURCE)) {
      weights = OnnxInitializers.read(RESOURCE, Objects.requireNonNull(stream, RESOURCE));
    }
    assertEquals(namesOfABert(LAYERS), weights.names());
    // 22,565,888 with the 512 position ids, which are constants and no weights.
    assertEquals(22_565_888 - 512, weights.parameters());
    assertEquals(LAYERS * 6, weights.names().stream().filter(weights::isTransposed).count());
    assertEquals(Shape.of(1536, 384), weights.shape("encoder.layer.3.intermediate.dense.weight"));

    var query = weights.floats("encoder.layer.0.attention.self.query.weight");
    assertArrayEquals(
        new float[] {-0x1.305f7cp-3f, 0x1.6502acp-5f, 0x1.5e99aep-4f}, Arrays.copyOf(query, 3));
    assertEquals(0x1.26a9d6p-5f, query[384]);
    double sum = 0;
    for (float value : query) sum += value;
    assertEquals(13.52819408863644, sum, 1e-9);

    var output = weights.floats("encoder.layer.5.output.dense.weight");
    assertEquals(-0x1.cf3a48p-5f, output[0]);
    assertEquals(0x1.43bdeap-7f, output[1]);
    assertEquals(0x1.42feccp-10f, output[384 * 1536 - 1]);
    assertEquals(-0x1.20ad1cp-6f, weights.floats("embeddings.word_embeddings.weight")[101 * 384]);
  }
}
