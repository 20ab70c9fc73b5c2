package org.espalier.nn.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.espalier.DType;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.io.FormatException;
import org.espalier.nn.Context;
import org.espalier.nn.MapWeights;
import org.espalier.nn.Parameters;
import org.espalier.nn.Ragged;
import org.espalier.nn.model.Bert;
import org.espalier.nn.model.BertConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ModelFolderTest {
  private static final BertConfig CONFIG = new BertConfig(11, 8, 2, 2, 12, 16, 2, 1e-12, 0, 0.1);
  private static final Map<String, String> TEXTS = Map.of("tokenizer.json", "{}");

  @TempDir private Path folder = Path.of("");

  private Path model() {
    return folder.resolve("model");
  }

  private Parameters save(long seed) {
    Parameters root = Parameters.random(seed);
    assertEquals(CONFIG, new Bert(root, CONFIG).config());
    ModelFolder.save(model(), CONFIG, root.all(), TEXTS);
    return root;
  }

  private static float[] hidden(Bert bert) {
    var context = Context.inference(Ragged.of(3, 2));
    return bert.forward(context, Tensor.of(new int[] {1, 2, 3, 9, 10})).toFloatArray();
  }

  private static Set<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return new TreeSet<>(files.map(f -> String.valueOf(f.getFileName())).toList());
    }
  }

  @Test
  void computesTheSameAfterALoad() throws IOException {
    Parameters root = Parameters.random(5);
    Bert bert = new Bert(root, CONFIG);
    ModelFolder.save(model(), CONFIG, root.all(), TEXTS);
    ModelFolder read = ModelFolder.open(model());
    assertEquals(CONFIG, read.config());
    assertEquals(root.all().keySet(), Set.copyOf(read.weights().names()));
    Bert again = new Bert(Parameters.loaded(read.weights()), read.config());
    assertArrayEquals(hidden(bert), hidden(again));
    assertEquals(Set.of("config.json", "model.safetensors", "tokenizer.json"), names(model()));
    assertEquals(Set.of("model"), names(folder), "nothing temporary is left");
  }

  @Test
  void replacesAnOlderModelWhole() throws IOException {
    save(1);
    byte[] first = Files.readAllBytes(model().resolve(ModelFolder.WEIGHTS));
    save(2);
    byte[] second = Files.readAllBytes(model().resolve(ModelFolder.WEIGHTS));
    assertTrue(!java.util.Arrays.equals(first, second));
    assertEquals(Set.of("model"), names(folder));
  }

  @Test
  void leavesAFolderAloneThatHoldsSomethingElse() throws IOException {
    save(1);
    byte[] before = Files.readAllBytes(model().resolve(ModelFolder.WEIGHTS));
    Files.writeString(model().resolve("thesis.tex"), "years of work");
    var e = assertThrows(UncheckedIOException.class, () -> save(2));
    assertTrue(String.valueOf(e.getMessage()).contains("thesis.tex"), e.getMessage());
    assertArrayEquals(before, Files.readAllBytes(model().resolve(ModelFolder.WEIGHTS)));
    assertEquals("years of work", Files.readString(model().resolve("thesis.tex")));
    assertEquals(Set.of("model"), names(folder));
  }

  @Test
  void namesWhatIsMissingOrWrong() throws IOException {
    assertThrows(FormatException.class, () -> ModelFolder.open(folder.resolve("nowhere")));
    save(1);
    assertThrows(FormatException.class, () -> ModelFolder.open(model()).json("espalier.json"));
    assertThrows(FormatException.class, () -> ModelFolder.open(model()).tokenizer());
    Path config = model().resolve(ModelFolder.CONFIG);
    String text = Files.readString(config);
    for (String lie :
        List.of(
            text.replace("\"layer_norm_eps\": 1.0E-12", "\"layer_norm_eps\": 0"),
            text.replace("\"gelu\"", "\"relu\""),
            text.replace("\"absolute\"", "\"relative_key\""),
            text.replace("\"hidden_dropout_prob\": 0.0", "\"hidden_dropout_prob\": 1"),
            text.replace("\"hidden_size\": 8", "\"hidden_size\": -8"),
            text.replace("\"hidden_size\": 8", "\"hidden_size\": \"8\""))) {
      assertTrue(!lie.equals(text), text);
      Files.writeString(config, lie);
      var e = assertThrows(FormatException.class, () -> ModelFolder.open(model()));
      assertTrue(String.valueOf(e.getMessage()).contains("config.json"), e.getMessage());
    }
  }

  @Test
  void wantsEveryParameterToBeThere() {
    save(1);
    ModelFolder read = ModelFolder.open(model());
    Parameters loaded = Parameters.loaded(read.weights());
    var deeper = new BertConfig(11, 8, 3, 2, 12, 16, 2, 1e-12, 0, 0);
    var e = assertThrows(FormatException.class, () -> new Bert(loaded, deeper));
    assertTrue(String.valueOf(e.getMessage()).contains("encoder.layer.2"), e.getMessage());
  }

  @Test
  void offersOneEncoderAtSeveralPlaces() {
    Parameters root = save(1);
    var twice =
        new PrefixedWeights(
            SafetensorsWeights.open(model().resolve(ModelFolder.WEIGHTS)), List.of("a", "b.c"));
    assertEquals(2 * root.all().size(), twice.names().size());
    String name = "embeddings.word_embeddings.weight";
    Tensor original = root.get(name);
    for (String place : List.of("a.", "b.c.")) {
      assertArrayEquals(original.toFloatArray(), twice.get(place + name).toFloatArray());
    }
    assertThrows(TensorException.class, () -> twice.get(name));
    assertThrows(TensorException.class, () -> twice.get("b." + name));
  }

  @Test
  void readsAndWritesACheckpointInShards() throws IOException {
    Parameters root = Parameters.random(5);
    Bert bert = new Bert(root, CONFIG);
    ModelFolder.save(model(), CONFIG, root.all(), TEXTS, 1000);
    assertTrue(names(model()).contains(ModelFolder.INDEX));
    assertTrue(!names(model()).contains(ModelFolder.WEIGHTS));
    assertTrue(names(model()).size() > 5, names(model()).toString());
    ModelFolder read = ModelFolder.open(model());
    assertEquals(root.all().keySet(), Set.copyOf(read.weights().names()));
    Bert again = new Bert(Parameters.loaded(read.weights()), read.config());
    assertArrayEquals(hidden(bert), hidden(again));

    ModelFolder.save(model(), CONFIG, root.all(), TEXTS, 2000);
    assertEquals(root.all().size(), ModelFolder.open(model()).weights().names().size());
    ModelFolder.save(model(), CONFIG, root.all(), TEXTS);
    assertEquals(Set.of("config.json", "model.safetensors", "tokenizer.json"), names(model()));
  }

  @Test
  void aFrozenModelKeepsWeightsOf16BitsAndComputesTheSame() {
    Map<String, Tensor> halves = new java.util.TreeMap<>();
    Parameters root = Parameters.random(5);
    assertEquals(CONFIG, new Bert(root, CONFIG).config());
    root.all().forEach((name, t) -> halves.put(name, t.detach().to(DType.BF16)));
    ModelFolder.save(model(), CONFIG, halves, TEXTS);
    var weights = ModelFolder.open(model()).weights();
    Parameters frozen = Parameters.loaded(weights).frozen();
    Bert half = new Bert(frozen, CONFIG);
    Bert wide = new Bert(Parameters.loaded(weights), CONFIG);
    assertArrayEquals(hidden(wide), hidden(half));
    for (Tensor t : frozen.all().values()) {
      assertEquals(t.rank() > 1 ? DType.BF16 : DType.F32, t.dtype());
    }
  }

  @Test
  void findsANameAtTheLongerOfTwoPlaces() {
    Map<String, Tensor> tensors = Map.of("x", Tensor.scalar(7), "y.z", Tensor.scalar(8));
    var twice = new PrefixedWeights(new MapWeights(tensors), List.of("m", "m.n"));
    assertEquals(Set.of("m.x", "m.y.z", "m.n.x", "m.n.y.z"), twice.names());
    for (String place : List.of("m.", "m.n.")) {
      assertEquals(7, twice.get(place + "x").item());
      assertEquals(8, twice.get(place + "y.z").item());
    }
    assertEquals(
        7, new PrefixedWeights(new MapWeights(tensors), List.of("m", "m")).get("m.x").item());
    Map<String, Tensor> ambiguous = Map.of("x", Tensor.scalar(7), "n.x", Tensor.scalar(8));
    var e =
        assertThrows(
            IllegalArgumentException.class,
            () -> new PrefixedWeights(new MapWeights(ambiguous), List.of("m", "m.n")));
    assertTrue(String.valueOf(e.getMessage()).contains("'m.n.x'"), e.getMessage());
  }
}
