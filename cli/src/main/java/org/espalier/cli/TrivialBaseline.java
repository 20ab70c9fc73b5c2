package org.espalier.cli;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.espalier.multitask.train.Score;
import org.espalier.nn.data.Example;
import org.espalier.nn.data.Target;
import org.espalier.nn.head.Prediction;

/// What is reached without looking at the input: the same answer for every example, chosen on the
/// training examples.
///
/// @param description what the answer is
/// @param value the score on the validation examples
record TrivialBaseline(String description, double value) {

  /// Measures it. A classification answers the most frequent class, a regression the mean; for
  /// tags, where the most frequent tag would find nothing at all, every word gets the one tag that
  /// scores best on the training examples.
  static TrivialBaseline of(EncodedTask task, Score score) {
    return switch (task.spec().kind()) {
      case SENTENCE_CLASSES, WORD_CLASSES -> classes(task, score);
      case REGRESSION -> regression(task, score);
      case WORD_TAGS -> tags(task, score);
    };
  }

  private static TrivialBaseline classes(EncodedTask task, Score score) {
    int[] counts = new int[task.spec().labels().size()];
    for (Example e : task.train()) {
      counts[label(e)]++;
    }
    int most = 0;
    for (int c = 1; c < counts.length; c++) {
      if (counts[c] > counts[most]) {
        most = c;
      }
    }
    String description = "always " + task.spec().labels().get(most);
    return constant(description, task, score, oneHot(most, counts.length));
  }

  private static int label(Example e) {
    return switch (e.target()) {
      case Target.SequenceClass(int label) -> label;
      case Target.TokenClass(_, int label) -> label;
      default -> throw new IllegalArgumentException("no class in " + e.target());
    };
  }

  private static TrivialBaseline regression(EncodedTask task, Score score) {
    double mean = task.train().stream().mapToDouble(TrivialBaseline::value).average().orElse(0);
    double raw = task.spec().mean() + mean * task.spec().deviation();
    String description = String.format(Locale.ROOT, "always the training mean, %.2f", raw);
    return constant(description, task, score, new Prediction.Value(mean));
  }

  private static double value(Example e) {
    return e.target() instanceof Target.SequenceValue(double value) ? value : 0;
  }

  private static TrivialBaseline constant(
      String description, EncodedTask task, Score score, Prediction answer) {
    List<Example> examples = task.validation();
    return new TrivialBaseline(
        description, score.value(examples, Collections.nCopies(examples.size(), answer)));
  }

  private static TrivialBaseline tags(EncodedTask task, Score score) {
    List<String> labels = task.spec().labels();
    int best = 0;
    double reached = Double.NEGATIVE_INFINITY;
    for (int tag = 0; tag < labels.size(); tag++) {
      double value = score.value(task.train(), everywhere(tag, labels.size(), task.train()));
      if (value > reached) {
        best = tag;
        reached = value;
      }
    }
    List<Example> examples = task.validation();
    return new TrivialBaseline(
        "every word " + labels.get(best),
        score.value(examples, everywhere(best, labels.size(), examples)));
  }

  private static List<Prediction> everywhere(int tag, int tags, List<Example> examples) {
    Prediction.Classes one = oneHot(tag, tags);
    List<Prediction> all = new ArrayList<>();
    for (Example e : examples) {
      Prediction.Classes[] tokens = new Prediction.Classes[e.length()];
      java.util.Arrays.fill(tokens, one);
      all.add(new Prediction.Tags(tokens));
    }
    return all;
  }

  private static Prediction.Classes oneHot(int label, int classes) {
    float[] p = new float[classes];
    p[label] = 1;
    return new Prediction.Classes(p);
  }
}
