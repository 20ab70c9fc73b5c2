package org.espalier.cli.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.espalier.cli.data.RuleSentence.Marker;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class LanguageToolTasksTest {
  private static RuleSentence sentence(
      String marked, @Nullable String type, @Nullable String correction) {
    var markers = new ArrayList<Marker>();
    String text = marked;
    while (text.contains("[")) {
      int start = text.indexOf('[');
      int end = text.indexOf(']') - 1;
      text = text.replaceFirst("\\[", "").replaceFirst("\\]", "");
      markers.add(new Marker(start, end));
    }
    return new RuleSentence("R", text, markers, type, correction);
  }

  private static RuleSentence wrong(String marked, String correction) {
    return sentence(marked, null, correction);
  }

  private static RuleSentence right(String marked) {
    return sentence(marked, null, null);
  }

  private static List<String> used(RuleSentence... sentences) {
    DemoData data = LanguageToolTasks.of(List.of(sentences));
    var task = (DemoTask.SentenceClasses) data.task("correct");
    var all = new ArrayList<>(task.data().train());
    all.addAll(task.data().validation());
    return all.stream().map(e -> e.label() + " " + e.text()).toList();
  }

  @Test
  void labelsSentencesAndTagsErrors() {
    assertEquals(
        List.of("0 He go home.", "1 He goes home."),
        used(wrong("He [go] home.", "goes"), right("He [goes]\n  home.")));
  }

  @Test
  void dropsErrorsThatAnUncasedEncoderCannotSee() {
    assertEquals(List.of(), used(wrong("I live in [london].", "London")));
    assertEquals(List.of(), used(wrong("The [cafe].", "bar|café")));
    assertEquals(List.of(), used(wrong("Well[ ,]  yes.", ",")));
    assertEquals(List.of("0 I love london."), used(wrong("I [love london].", "like London")));
    assertEquals(List.of("0 No correction."), used(wrong("[No] correction.", "")));
  }

  @Test
  void dropsBothSidesOfAContradiction() {
    assertEquals(
        List.of("1 fine"),
        used(wrong("The [Colour]!", "color"), right("the colour !"), right("fine")));
  }

  @Test
  void keepsTheFirstOfExactRepeats() {
    assertEquals(List.of("1 So it is."), used(right("So it is."), right("so  it is .")));
  }

  @Test
  void skipsSentencesThatTriggerAnError() {
    assertEquals(List.of(), used(sentence("It [triggers] it.", "triggers_error", null)));
  }

  @Test
  void countsWhatItDrops() {
    LoadReport report =
        LanguageToolTasks.of(
                List.of(
                    wrong("[a] b", ""),
                    wrong("[A] b", "x"),
                    right("c"),
                    wrong("[C]", "d"),
                    wrong("in [paris]", "Paris")))
            .reports()
            .getFirst();
    assertEquals(4, report.count("incorrect sentences read"));
    assertEquals(1, report.count("correct sentences read"));
    assertEquals(1, report.count("incorrect sentences without a correction, kept"));
    assertEquals(1, report.count("incorrect only in case, accent or space, dropped"));
    assertEquals(1, report.count("inputs with both labels"));
    assertEquals(1, report.count("exact repeats, dropped"));
    assertEquals(0, report.count("no such thing"));
  }

  private static void tags(String marked, List<String> words, List<Integer> tags) {
    assertEquals(new TagExample(words, tags), LanguageToolTasks.tagged(wrong(marked, "anything")));
  }

  @Test
  void tagsTheWordsOfAMarker() {
    tags("He [go home] now.", List.of("He", "go", "home", "now", "."), List.of(0, 1, 2, 0, 0));
    tags("[All wrong]", List.of("All", "wrong"), List.of(1, 2));
  }

  @Test
  void coversTheWholeWordThatAMarkerTouches() {
    tags("un[der]stand it", List.of("understand", "it"), List.of(1, 0));
    tags("o[ne tw]o three", List.of("one", "two", "three"), List.of(1, 2, 0));
    tags("don['t]", List.of("don", "'", "t"), List.of(0, 1, 2));
  }

  @Test
  void beginsAnewAtEachMarker() {
    tags("[a b][c] d [e]", List.of("a", "bc", "d", "e"), List.of(1, 2, 0, 1));
    tags("[a b] [c]", List.of("a", "b", "c"), List.of(1, 2, 1));
  }

  @Test
  void tagsNothingForAMarkerWithoutAWord() {
    tags("a[ ]b", List.of("a", "b"), List.of(0, 0));
    tags("a[] b", List.of("a", "b"), List.of(0, 0));
    DemoData data = LanguageToolTasks.of(List.of(wrong("a [ ]b", "")));
    assertEquals(0, data.task("error-span").data().train().size());
    assertEquals(1, data.reports().getFirst().count("error-span: no word is marked, dropped"));
  }
}
