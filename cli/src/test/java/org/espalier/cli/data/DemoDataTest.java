package org.espalier.cli.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.function.ToIntFunction;
import org.espalier.io.FormatException;
import org.junit.jupiter.api.Test;

/// The real jars: what they hold is known from counting with another XML parser.
final class DemoDataTest {
  private static final DemoData DATA = DemoData.load();

  private static TaskData<TextExample> sentences(String task) {
    return ((DemoTask.SentenceClasses) DATA.task(task)).data();
  }

  private static TaskData<WordExample> words() {
    return ((DemoTask.WordClasses) DATA.task("word-sense")).data();
  }

  private static <E extends Example> double majority(List<E> examples, ToIntFunction<E> label) {
    var counts = new HashMap<Integer, Integer>();
    examples.forEach(e -> counts.merge(label.applyAsInt(e), 1, Integer::sum));
    return (double) Collections.max(counts.values()) / examples.size();
  }

  @Test
  void readsEverySynsetAndEveryRuleSentence() {
    LoadReport wordNet = DATA.reports().get(0);
    assertEquals(117_791, wordNet.count("synsets read"));
    assertEquals(0, wordNet.count("synsets without a definition, dropped"));
    assertEquals(0, wordNet.count("nouns below no root, dropped"));
    LoadReport languageTool = DATA.reports().get(1);
    assertEquals(10_025, languageTool.count("incorrect sentences read"));
    assertEquals(14_607, languageTool.count("correct sentences read"));
    assertTrue(wordNet.toString().contains("117,791  synsets read"), wordNet.toString());
  }

  @Test
  void hasTheClassBalanceThatIsKnown() {
    assertEquals(0.123, majority(sentences("sense").train(), TextExample::label), 0.001);
    assertEquals(0.37, majority(words().train(), WordExample::label), 0.01);
    var depth = (DemoTask.Regression) DATA.task("depth");
    double error =
        depth.data().validation().stream()
            .mapToDouble(e -> Math.abs(e.target()) * depth.deviation())
            .average()
            .orElseThrow();
    assertEquals(1.72, error, 0.03);
  }

  @Test
  void readsEntriesThatEverybodyKnows() {
    var entity = "that which is perceived or known or inferred to have its own distinct existence";
    var depth = (DemoTask.Regression) DATA.task("depth");
    var all = new ArrayList<>(depth.data().train());
    all.addAll(depth.data().validation());
    var root = all.stream().filter(e -> e.text().startsWith(entity)).findFirst().orElseThrow();
    assertEquals(0, root.target() * depth.deviation() + depth.mean(), 1e-9);
  }

  @Test
  void sharesNoTextBetweenTheParts() {
    for (String task : List.of("sense", "correct")) {
      var data = sentences(task);
      var texts = new HashSet<String>();
      data.train().forEach(e -> texts.add(Words.key(e.text())));
      assertTrue(data.validation().stream().noneMatch(e -> texts.contains(Words.key(e.text()))));
    }
    var words = new HashSet<List<String>>();
    words().train().forEach(e -> words.add(e.words()));
    assertTrue(words().validation().stream().noneMatch(e -> words.contains(e.words())));
  }

  @Test
  void standardisesDepthByTheTrainingSplitAlone() {
    var depth = (DemoTask.Regression) DATA.task("depth");
    var targets = depth.data().train().stream().mapToDouble(RegressionExample::target);
    var squares = depth.data().train().stream().mapToDouble(e -> e.target() * e.target());
    assertEquals(0, targets.average().orElseThrow(), 1e-9);
    assertEquals(1, squares.average().orElseThrow(), 1e-9);
  }

  @Test
  void tagsEverySpanSentenceWithAtLeastOneError() {
    var spans = ((DemoTask.WordTags) DATA.task("error-span")).data();
    assertEquals(List.of("O", "B", "I"), spans.labels());
    assertTrue(spans.train().stream().allMatch(e -> e.tags().contains(1)));
    assertTrue(spans.train().size() > 8_000, spans.train().size() + " sentences");
  }

  @Test
  void drawsTrainingBySeedAndAlwaysTheSameValidation() {
    DemoData one = DATA.draw(DemoData.DEFAULT_TRAIN, DemoData.DEFAULT_VALIDATION, 1);
    DemoData other = DATA.draw(DemoData.DEFAULT_TRAIN, DemoData.DEFAULT_VALIDATION, 2);
    for (DemoTask task : one.tasks()) {
      var data = task.data();
      var second = other.task(task.name()).data();
      assertEquals(DemoData.DEFAULT_TRAIN, data.train().size(), task.name());
      assertEquals(
          Math.min(DemoData.DEFAULT_VALIDATION, DATA.task(task.name()).data().validation().size()),
          data.validation().size());
      assertEquals(data.validation(), second.validation());
      assertNotEquals(data.train(), second.train());
      assertEquals(data.labels(), DATA.task(task.name()).data().labels());
    }
  }

  @Test
  void listsTheTasksWhenAskedForAnother() {
    var exception = assertThrows(IllegalArgumentException.class, () -> DATA.task("sens"));
    assertEquals(
        "no task 'sens'; the tasks are sense, word-sense, depth, correct, error-span",
        exception.getMessage());
  }

  @Test
  void saysWhichJarIsMissing() {
    var exception =
        assertThrows(
            FormatException.class, () -> new Resource("no/such.file", "org.x:data:1").open());
    assertTrue(exception.fault().contains("org.x:data:1"), exception.fault());
  }
}
