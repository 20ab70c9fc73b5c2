package org.espalier.cli.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.espalier.cli.data.RuleSentence.Marker;
import org.espalier.cli.data.Words.Word;

/// The two tasks that ask for form, made from the example sentences of LanguageTool's English rules
/// (Naber 2003) in the jar `org.languagetool:language-en`, used where it lies.
///
/// - `correct`: is the sentence well-formed (1) or not (0)?
/// - `error-span`: where is the error in an incorrect sentence? A tag a word: `O`, `B`, `I`.
///
/// The sentences of a rule group are near-minimal pairs, so the split is by group. Left out, each
/// for a reason the report counts: sentences of `triggers_error` (neither good nor bad), errors
/// that an uncased encoder cannot see, sentences that occur with both labels, exact repeats.
final class LanguageToolTasks {
  static final List<String> CORRECTNESS = List.of("incorrect", "correct");
  static final List<String> SPAN_TAGS = List.of("O", "B", "I");

  private static final String JAR = "org.languagetool:language-en:6.5";
  private static final String FOLDER = "org/languagetool/rules/en/";

  /// The common rules and the three variants with rules of their own. Left out: the files for other
  /// mother tongues (their sentences are wrong only in translation) and those for Australia and New
  /// Zealand (they repeat the British ones).
  private static final List<String> FILES =
      List.of(
          "grammar.xml",
          "style.xml",
          "en-US/grammar.xml",
          "en-US/style.xml",
          "en-GB/grammar.xml",
          "en-GB/style.xml",
          "en-CA/grammar.xml");

  private static final int O = 0;
  private static final int B = 1;
  private static final int I = 2;

  private final LoadReport.Tally tally = new LoadReport.Tally();

  private LanguageToolTasks() {}

  /// Reads the tasks from the data jar.
  static DemoData load() {
    var sentences = new ArrayList<RuleSentence>();
    for (String file : FILES) {
      try (InputStream in = new Resource(FOLDER + file, JAR).open()) {
        sentences.addAll(RuleFile.parse(file, in));
      } catch (IOException e) {
        throw new UncheckedIOException(file + ": cannot be read: " + e.getMessage(), e);
      }
    }
    return of(sentences);
  }

  /// Makes the tasks from what was read.
  static DemoData of(List<RuleSentence> sentences) {
    return new LanguageToolTasks().make(sentences);
  }

  private DemoData make(List<RuleSentence> sentences) {
    var visible = new ArrayList<Keyed>();
    for (RuleSentence sentence : sentences) {
      count(sentence);
      if (sentence.type() == null || sentence.isIncorrect()) {
        var keyed = new Keyed(Words.key(sentence.text()), sentence);
        if (isInvisible(keyed)) {
          tally.add("incorrect only in case, accent or space, dropped");
        } else {
          visible.add(keyed);
        }
      }
    }
    var correct = new TaskSplitter<TextExample>("correct", CORRECTNESS);
    var errorSpan = new TaskSplitter<TagExample>("error-span", SPAN_TAGS);
    for (Keyed keyed : distinct(visible)) {
      RuleSentence sentence = keyed.sentence();
      int label = sentence.isIncorrect() ? 0 : 1;
      tally.add(label == 0 ? "incorrect sentences used" : "correct sentences used");
      String text = Words.tidy(sentence.text());
      correct.add(sentence.group(), keyed.key(), new TextExample(text, label));
      if (sentence.isIncorrect()) {
        TagExample tagged = tagged(sentence);
        if (tagged.tags().contains(B)) {
          errorSpan.add(sentence.group(), keyed.key(), tagged);
        } else {
          tally.add("error-span: no word is marked, dropped");
        }
      }
    }
    List<DemoTask> tasks =
        List.of(
            new DemoTask.SentenceClasses(correct.finish(tally)),
            new DemoTask.WordTags(errorSpan.finish(tally)));
    return new DemoData(tasks, List.of(tally.report("LanguageTool 6.5, English")));
  }

  private record Keyed(String key, RuleSentence sentence) {}

  private void count(RuleSentence sentence) {
    if (sentence.correction() != null) {
      tally.add("incorrect sentences read");
      if (sentence.correction().isEmpty()) {
        tally.add("incorrect sentences without a correction, kept");
      }
    } else if (sentence.type() == null) {
      tally.add("correct sentences read");
    } else {
      tally.add("sentences of type " + sentence.type() + ", dropped");
    }
  }

  /// Whether one of the corrections leaves the encoder's input as it was.
  private static boolean isInvisible(Keyed keyed) {
    RuleSentence sentence = keyed.sentence();
    String correction = sentence.correction();
    if (correction == null || correction.isEmpty() || sentence.markers().size() != 1) {
      return false;
    }
    Marker marker = sentence.markers().getFirst();
    String marked = Words.key(sentence.text().substring(marker.start(), marker.end()));
    String before = sentence.text().substring(0, marker.start());
    String after = sentence.text().substring(marker.end());
    for (String alternative : correction.split("\\|", -1)) {
      // the whole sentence decides (a space may part or join words); the range alone is quicker
      if (Words.key(alternative).equals(marked)
          && Words.key(before + alternative + after).equals(keyed.key())) {
        return true;
      }
    }
    return false;
  }

  /// Every input once, and none that is both correct and incorrect.
  private List<Keyed> distinct(List<Keyed> sentences) {
    Map<String, Boolean> incorrect = new HashMap<>();
    var contradictory = new HashSet<String>();
    for (Keyed keyed : sentences) {
      boolean label = keyed.sentence().isIncorrect();
      Boolean earlier = incorrect.putIfAbsent(keyed.key(), label);
      if (earlier != null && earlier != label) {
        contradictory.add(keyed.key());
      }
    }
    tally.add("inputs with both labels", contradictory.size());
    var seen = new HashSet<String>();
    var distinct = new ArrayList<Keyed>();
    for (Keyed keyed : sentences) {
      if (contradictory.contains(keyed.key())) {
        tally.add("sentences of inputs with both labels, dropped");
      } else if (seen.add(keyed.key())) {
        distinct.add(keyed);
      } else {
        tally.add("exact repeats, dropped");
      }
    }
    return distinct;
  }

  /// Tags the words that a marker touches: `B` on the first word of each marker, `I` on the rest.
  static TagExample tagged(RuleSentence sentence) {
    List<Word> words = Words.locate(sentence.text());
    var tags = new ArrayList<Integer>();
    int previous = -1;
    for (Word word : words) {
      int marker = markerOf(word, sentence.markers());
      tags.add(marker < 0 ? O : marker == previous ? I : B);
      previous = marker;
    }
    return new TagExample(words.stream().map(Word::text).toList(), tags);
  }

  private static int markerOf(Word word, List<Marker> markers) {
    for (int i = 0; i < markers.size(); i++) {
      if (word.start() < markers.get(i).end() && word.end() > markers.get(i).start()) {
        return i;
      }
    }
    return -1;
  }
}
