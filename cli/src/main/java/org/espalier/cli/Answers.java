package org.espalier.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.espalier.nn.head.Prediction;
import org.espalier.nn.text.Encoding;

/// A model's answers as text for people.
final class Answers {
  private static final int WIDTH = 100;

  private Answers() {}

  /// Renders one answer.
  ///
  /// @param shown the text as the user wrote it
  /// @param text the text that `encoding` belongs to
  /// @param top how many classes to list
  static String render(
      TaskSpec task, String shown, String text, Encoding encoding, Prediction answer, int top) {
    return switch (answer) {
      case Prediction.Classes c -> shown + "\n" + classes(task, c, top);
      case Prediction.Value v ->
          String.format(
              Locale.ROOT,
              "%s%n  %s %.2f%n",
              shown,
              task.name(),
              task.mean() + v.value() * task.deviation());
      case Prediction.Tags t -> tags(task, text, encoding, t);
    };
  }

  private static String classes(TaskSpec task, Prediction.Classes c, int top) {
    StringBuilder s = new StringBuilder();
    IntStream.range(0, c.size())
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> -c.probability(i)))
        .limit(top)
        .forEach(i ->
            s.append(
                String.format(
                    Locale.ROOT,
                    "  %5.1f %%  %s%n",
                    100 * c.probability(i),
                    task.labels().get(i))));
    return s.toString();
  }

  /// The words in lines, and under each word that is tagged its tag and probability.
  private static String tags(TaskSpec task, String text, Encoding encoding, Prediction.Tags tags) {
    List<String> words = new ArrayList<>();
    List<String> marks = new ArrayList<>();
    for (int i = 0; i < encoding.length(); ) {
      int end = i + 1;
      if (!encoding.isSpecial(i)) {
        while (end < encoding.length() && encoding.word(end) == encoding.word(i)) {
          end++;
        }
        words.add(text.substring(encoding.start(i), encoding.end(end - 1)));
        Prediction.Classes c = tags.token(i);
        String label = task.labels().get(c.best());
        marks.add(
            label.equals("O")
                ? ""
                : String.format(Locale.ROOT, "%s %.0f%%", label, 100 * c.probability(c.best())));
      }
      i = end;
    }
    return marks.stream().allMatch(String::isEmpty)
        ? lines(words, marks).stripTrailing() + "\n  no word is tagged\n"
        : lines(words, marks);
  }

  private static String lines(List<String> words, List<String> marks) {
    StringBuilder s = new StringBuilder();
    StringBuilder above = new StringBuilder();
    StringBuilder below = new StringBuilder();
    for (int i = 0; i < words.size(); i++) {
      int width = Math.max(columns(words.get(i)), marks.get(i).length()) + 1;
      if (!above.isEmpty() && below.length() + width > WIDTH) {
        flush(s, above, below);
      }
      above.append(words.get(i)).repeat(" ", width - columns(words.get(i)));
      below.append(marks.get(i)).repeat(" ", width - marks.get(i).length());
    }
    flush(s, above, below);
    return s.toString();
  }

  private static int columns(String word) {
    return word.codePointCount(0, word.length());
  }

  private static void flush(StringBuilder s, StringBuilder above, StringBuilder below) {
    s.append(above.toString().stripTrailing()).append('\n');
    s.append(below.toString().stripTrailing()).append('\n');
    above.setLength(0);
    below.setLength(0);
  }
}
