package org.espalier.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.espalier.Device;
import org.espalier.nn.checkpoint.ModelFolder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Broken models through `predict`: one clear line, exit code 1, and the files as they were.
final class HostileModelTest {
  @TempDir private Path folder = Path.of("");

  @BeforeEach
  void saveAModel() {
    Pretrained start = Tiny.encoder();
    List<EncodedTask> tasks =
        Tiny.data().tasks().stream()
            .map(t -> EncodedTask.of(t, start.tokenizer(), DemoOptions.MAX_TOKENS))
            .toList();
    SavedModel.save(
        model(),
        start,
        new ModelBuilder(start, 0, 0, 1, Device.CPU).hard(tasks),
        tasks.stream().map(EncodedTask::spec).toList());
  }

  private Path model() {
    return folder.resolve("model");
  }

  private Path file(String name) {
    return model().resolve(name);
  }

  private static String predict(int code, Path model, String task, String text) {
    var console = new Console();
    assertEquals(
        code,
        console.run("predict", model.toString(), "--task", task, text),
        console.err.toString());
    if (code != 0) {
      assertEquals(1, console.errors().size(), console.err.toString());
      assertEquals("", console.out.toString());
    }
    return code == 0 ? console.out.toString() : console.err.toString();
  }

  @Test
  void answersWhenNothingIsBroken() {
    assertTrue(predict(0, model(), "sense", "the cat runs").contains(" %  "));
    assertTrue(predict(0, model(), "depth", "the cat runs").contains("depth "));
    assertTrue(predict(0, model(), "word-sense", "the [[bank]] river").contains(" %  "));
    assertTrue(predict(0, model(), "error-span", "the cat have money").startsWith("the"));
  }

  @Test
  void namesTheTasksThatThereAre() {
    assertTrue(predict(2, model(), "nonsense", "cat").contains("sense, word-sense, depth"));
    assertTrue(predict(2, model(), "word-sense", "no mark").contains("[[bank]]"));
  }

  @Test
  void refusesTruncatedWeights() throws IOException {
    byte[] whole = Files.readAllBytes(file(ModelFolder.WEIGHTS));
    for (int length : new int[] {0, 4, 8, 100, whole.length / 2, whole.length - 1}) {
      Files.write(file(ModelFolder.WEIGHTS), Arrays.copyOf(whole, length));
      String error = predict(1, model(), "sense", "cat");
      assertTrue(error.contains(ModelFolder.WEIGHTS), error);
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(model()), files.toList(), "nothing else was left");
    }
  }

  @Test
  void refusesAHeaderOfATerabyte() throws IOException {
    byte[] bytes = new byte[64];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(1L << 40);
    Files.write(file(ModelFolder.WEIGHTS), bytes);
    String error = predict(1, model(), "sense", "cat");
    assertTrue(error.contains(ModelFolder.WEIGHTS), error);
  }

  @Test
  void refusesATokenizerThatIsNotJson() throws IOException {
    Files.writeString(file(ModelFolder.TOKENIZER), "not JSON");
    String error = predict(1, model(), "sense", "cat");
    assertTrue(error.contains(ModelFolder.TOKENIZER), error);
  }

  @Test
  void refusesSizesThatTheWeightsDoNotHave() throws IOException {
    String config = Files.readString(file(ModelFolder.CONFIG));
    String[] lies = {
      config.replace("\"hidden_size\": 16", "\"hidden_size\": 32"),
      config.replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 2000000000"),
      config.replace("\"vocab_size\": 20", "\"vocab_size\": 2000000000"),
      config.replace("\"bert\"", "\"gpt2\""),
      config.replace("\"num_attention_heads\": 2", "\"num_attention_heads\": 3"),
      config.replace("\"vocab_size\": 20,", ""),
      "[]",
      ""
    };
    for (String lie : lies) {
      assertTrue(!lie.equals(config));
      Files.writeString(file(ModelFolder.CONFIG), lie);
      predict(1, model(), "sense", "cat");
    }
  }

  @Test
  void refusesTasksThatMakeNoSense() throws IOException {
    String tasks = Files.readString(file("espalier.json"));
    String[] lies = {
      tasks.replace("\"sentence-classes\"", "\"dance\""),
      tasks.replace("\"format\": 1", "\"format\": 2"),
      tasks.replace("\"canine\",", ""),
      tasks.replace("\"name\": \"sense\"", "\"nam\": \"sense\""),
      "{}"
    };
    for (String lie : lies) {
      assertTrue(!lie.equals(tasks));
      Files.writeString(file("espalier.json"), lie);
      predict(1, model(), "sense", "cat");
    }
  }

  @Test
  void refusesAFolderThatHoldsNoModel() throws IOException {
    assertTrue(predict(1, folder.resolve("nowhere"), "sense", "cat").contains("not there"));
    assertTrue(predict(1, folder, "sense", "cat").contains("config.json"));
    Files.delete(file(ModelFolder.TOKENIZER));
    assertTrue(predict(1, model(), "sense", "cat").contains(ModelFolder.TOKENIZER));
  }
}
