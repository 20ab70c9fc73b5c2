package org.espalier.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.espalier.cli.data.DemoData;
import org.espalier.cli.data.DemoTask;
import org.espalier.cli.data.LoadReport;
import org.espalier.cli.data.RegressionExample;
import org.espalier.cli.data.TagExample;
import org.espalier.cli.data.TaskData;
import org.espalier.cli.data.TextExample;
import org.espalier.cli.data.WordExample;
import org.espalier.io.json.Json;
import org.espalier.nn.Parameters;
import org.espalier.nn.model.Bert;
import org.espalier.nn.model.BertConfig;

/// An encoder and tasks so small that a whole demonstration takes a second.
final class Tiny {
  static final List<String> WORDS =
      List.of(
          "[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "cat", "dog", "bank", "river", "money", "runs",
          "sleeps", "have", "has", "the", "un", "##happy", "##ly", ".", "!");

  private Tiny() {}

  /// A WordPiece tokenizer over [#WORDS].
  static String tokenizerFile() {
    Map<String, Object> vocabulary = new LinkedHashMap<>();
    for (String word : WORDS) {
      vocabulary.put(word, vocabulary.size());
    }
    Map<String, Object> model = new LinkedHashMap<>();
    model.put("type", "WordPiece");
    model.put("unk_token", "[UNK]");
    model.put("continuing_subword_prefix", "##");
    model.put("vocab", vocabulary);
    Map<String, Object> file = new LinkedHashMap<>();
    file.put("normalizer", Map.of("type", "BertNormalizer"));
    file.put("pre_tokenizer", Map.of("type", "BertPreTokenizer"));
    file.put(
        "post_processor",
        Map.of("type", "BertProcessing", "cls", List.of("[CLS]", 2), "sep", List.of("[SEP]", 3)));
    file.put("model", model);
    return Json.write(file);
  }

  /// An encoder of two narrow layers with random parameters.
  static Pretrained encoder() {
    var config = new BertConfig(WORDS.size(), 16, 2, 2, 24, 48, 2, 1e-12, 0, 0);
    Parameters root = Parameters.random(11);
    var unused = new Bert(root, config);
    return Pretrained.of(
        "tiny", unused.config(), new Pretrained.InMemory(root.all()), tokenizerFile());
  }

  /// All five tasks, with answers that the words give away.
  static DemoData data() {
    List<String> animals = List.of("cat", "dog");
    List<String> verbs = List.of("runs", "sleeps");
    List<TextExample> sense = new ArrayList<>();
    List<WordExample> wordSense = new ArrayList<>();
    List<RegressionExample> depth = new ArrayList<>();
    List<TextExample> correct = new ArrayList<>();
    List<TagExample> span = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      String animal = animals.get(i % 2);
      String verb = verbs.get(i / 2 % 2);
      sense.add(new TextExample("the " + animal + " " + verb, i % 2));
      boolean money = i % 3 == 0;
      wordSense.add(
          new WordExample(
              List.of("the", "bank", money ? "money" : "river", animal), 1, money ? 0 : 1));
      depth.add(new RegressionExample(animal + " " + verb, (i % 4 - 1.5) / 1.118));
      boolean right = i % 4 < 2;
      correct.add(new TextExample("the " + animal + (right ? " has" : " have"), right ? 1 : 0));
      span.add(new TagExample(List.of("the", animal, "have", "money"), List.of(0, 0, 1, 2)));
    }
    List<DemoTask> tasks =
        List.of(
            new DemoTask.SentenceClasses(
                split("sense", List.of("feline", "canine", "neither"), sense)),
            new DemoTask.WordClasses(
                split("word-sense", List.of("place", "shore", "row"), wordSense)),
            new DemoTask.Regression(split("depth", List.of(), depth), 7.5, 2),
            new DemoTask.SentenceClasses(
                split("correct", List.of("incorrect", "correct"), correct)),
            new DemoTask.WordTags(split("error-span", List.of("O", "B", "I"), span)));
    return new DemoData(tasks, List.of(new LoadReport("tiny", Map.of("sentences", 64))));
  }

  private static <E extends org.espalier.cli.data.Example> TaskData<E> split(
      String name, List<String> labels, List<E> examples) {
    return new TaskData<>(name, labels, examples.subList(0, 48), examples.subList(48, 64));
  }
}
