package org.espalier.nn.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.espalier.nn.metric.SpanF1.Span;
import org.junit.jupiter.api.Test;

final class SpanF1Test {
  private static final List<String> NAMES = List.of("O", "B-PER", "I-PER", "B-MISC", "I-MISC");

  private static int[] tags(List<String> names, String text) {
    return List.of(text.split(" ")).stream().mapToInt(names::indexOf).toArray();
  }

  @Test
  void agreesWithThePublishedExampleOfSeqeval() {
    var metric = new SpanF1(NAMES);
    metric.add(
        tags(NAMES, "O O O B-MISC I-MISC I-MISC O"),
        tags(NAMES, "O O B-MISC I-MISC I-MISC I-MISC O"));
    metric.add(tags(NAMES, "B-PER I-PER O"), tags(NAMES, "B-PER I-PER O"));
    assertEquals(0.5, metric.value());
    assertEquals(new F1Counts(1, 1, 1), metric.counts());
  }

  @Test
  void opensASpanAtAnInsideTagThatHasNothingToContinue() {
    var metric = new SpanF1(NAMES);
    assertEquals(
        List.of(new Span(0, 2, "PER"), new Span(3, 4, "MISC"), new Span(4, 5, "PER")),
        metric.spans(tags(NAMES, "I-PER I-PER O I-MISC I-PER")));
  }

  @Test
  void opensAnotherSpanAtEveryBeginTag() {
    var metric = new SpanF1(List.of("O", "B", "I"));
    assertEquals(
        List.of(new Span(0, 1, ""), new Span(1, 3, ""), new Span(4, 5, "")),
        metric.spans(tags(List.of("O", "B", "I"), "B B I O I")));
  }

  /// The start and end flags of `conlleval`, which looks at neighbouring tags instead of building
  /// spans: a found span is one that starts and ends together on both sides without a type between.
  private static F1Counts conlleval(List<String> labelled, List<String> predicted) {
    int right = 0;
    int labelledSpans = 0;
    int predictedSpans = 0;
    boolean inRight = false;
    String lastLabelled = "O";
    String lastPredicted = "O";
    for (int i = 0; i <= labelled.size(); i++) {
      String l = i < labelled.size() ? labelled.get(i) : "O";
      String p = i < labelled.size() ? predicted.get(i) : "O";
      if (inRight) {
        boolean endL = ends(lastLabelled, l);
        boolean endP = ends(lastPredicted, p);
        if (endL && endP) {
          right++;
          inRight = false;
        } else if (endL != endP) {
          inRight = false;
        }
      }
      boolean startL = starts(lastLabelled, l);
      boolean startP = starts(lastPredicted, p);
      if (startL && startP && type(l).equals(type(p))) {
        inRight = true;
      }
      labelledSpans += startL ? 1 : 0;
      predictedSpans += startP ? 1 : 0;
      lastLabelled = l;
      lastPredicted = p;
    }
    return new F1Counts(right, predictedSpans - right, labelledSpans - right);
  }

  private static String type(String tag) {
    return tag.substring(1);
  }

  private static boolean starts(String last, String tag) {
    return tag.startsWith("B")
        || (tag.startsWith("I") && (last.equals("O") || !type(last).equals(type(tag))));
  }

  private static boolean ends(String last, String tag) {
    return !last.equals("O") && (!tag.startsWith("I") || !type(last).equals(type(tag)));
  }

  @Test
  void agreesWithTheFlagsOfConllevalOnRandomTags() {
    for (long seed = 0; seed < 300; seed++) {
      var random = new Random(seed);
      int n = random.nextInt(12);
      int[] labelled = random.ints(n, 0, NAMES.size()).toArray();
      int[] predicted = labelled.clone();
      for (int i = 0; i < n; i++) {
        if (random.nextInt(4) == 0) {
          predicted[i] = random.nextInt(NAMES.size());
        }
      }
      F1Counts counts = new SpanF1(NAMES).add(labelled, predicted);
      assertEquals(conlleval(names(labelled), names(predicted)), counts, "seed " + seed);
    }
  }

  private static List<String> names(int[] tags) {
    return Arrays.stream(tags).mapToObj(NAMES::get).toList();
  }

  @Test
  void isNaNWithoutSpansAndZeroWhenAllAreWrong() {
    var metric = new SpanF1(NAMES);
    metric.add(new int[0], new int[0]);
    metric.add(new int[] {0}, new int[] {0});
    assertEquals(Double.NaN, metric.value());
    metric.add(new int[] {1, 2}, new int[] {1, 0});
    assertEquals(0, metric.value());
  }

  @Test
  void refusesWhatIsNotInTheScheme() {
    assertThrows(IllegalArgumentException.class, () -> new SpanF1(List.of("O", "E-PER")));
    var metric = new SpanF1(NAMES);
    assertThrows(IndexOutOfBoundsException.class, () -> metric.spans(new int[] {5}));
    assertThrows(IllegalArgumentException.class, () -> metric.add(new int[1], new int[2]));
  }
}
