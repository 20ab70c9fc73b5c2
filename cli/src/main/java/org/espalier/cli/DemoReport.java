package org.espalier.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.espalier.cli.DemoResult.ScoreResult;
import org.espalier.cli.DemoResult.TaskResult;
import org.espalier.cli.data.DemoData;
import org.espalier.cli.data.LoadReport;
import org.espalier.multitask.diagnostics.CosineMatrix;
import org.espalier.multitask.report.PairedBootstrap.Comparison;
import org.espalier.multitask.report.Verdict;
import org.espalier.nn.model.BertConfig;

/// The measurements as text for people.
final class DemoReport {
  private static final double NOTABLE = 0.1;

  private DemoReport() {}

  /// What was loaded.
  static String loaded(Pretrained start, DemoData all, List<EncodedTask> tasks, String machine) {
    StringBuilder s = new StringBuilder("Loaded\n");
    BertConfig c = start.config();
    s.append(
        String.format(
            Locale.ROOT,
            "  encoder  %s: %d layers, %d columns, %d heads, %,d words, %,d parameters%n",
            start.name(),
            c.layers(),
            c.hiddenSize(),
            c.heads(),
            c.vocabSize(),
            start.parameters()));
    for (LoadReport report : all.reports()) {
      Map.Entry<String, Integer> first = report.counts().entrySet().iterator().next();
      s.append(
          String.format(
              Locale.ROOT,
              "  data     %s: %,d %s%n",
              report.source(),
              first.getValue(),
              first.getKey()));
    }
    machine.lines().limit(2).forEach(line -> s.append("  machine  ").append(line).append('\n'));
    s.append(
        String.format(
            Locale.ROOT,
            "%n  %-12s %-34s %18s %18s%n",
            "task",
            "asks for",
            "training",
            "validation"));
    for (EncodedTask t : tasks) {
      var whole = all.task(t.spec().name()).data();
      s.append(
          String.format(
              Locale.ROOT,
              "  %-12s %-34s %18s %18s%n",
              t.spec().name(),
              question(t.spec()),
              share(t.train().size(), whole.train().size()),
              share(t.validation().size(), whole.validation().size())));
      if (t.cut() + t.dropped() > 0) {
        s.append(
            String.format(
                Locale.ROOT,
                "  %-12s (cut off at %d tokens: %,d; left out because their word was cut off:"
                    + " %,d)%n",
                "",
                DemoOptions.MAX_TOKENS,
                t.cut(),
                t.dropped()));
      }
    }
    return s.toString();
  }

  private static String share(int used, int there) {
    return String.format(Locale.ROOT, "%,d of %,d", used, there);
  }

  private static String question(TaskSpec spec) {
    return switch (spec.kind()) {
      case SENTENCE_CLASSES ->
          String.format(Locale.ROOT, "one of %d classes of a sentence", spec.labels().size());
      case WORD_CLASSES ->
          String.format(Locale.ROOT, "one of %d classes of one word", spec.labels().size());
      case WORD_TAGS ->
          String.format(Locale.ROOT, "a tag (%s) for each word", String.join(", ", spec.labels()));
      case REGRESSION ->
          String.format(
              Locale.ROOT, "a number (mean %.2f, sd %.2f)", spec.mean(), spec.deviation());
    };
  }

  /// The matrix of gradient cosines and what it says.
  static String cosines(CosineMatrix m, int batches, int batchSize) {
    int n = m.tasks().size();
    StringBuilder s =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "Gradient cosines on the encoder's layers, at the pretrained point behind the"
                    + " probes' heads (%d batches of %d a task, dropout off)%n",
                batches,
                batchSize));
    s.append(String.format(Locale.ROOT, "  %-12s", ""));
    m.tasks().forEach(name -> s.append(String.format(Locale.ROOT, " %14s", name)));
    s.append('\n');
    for (int i = 0; i < n; i++) {
      s.append(String.format(Locale.ROOT, "  %-12s", m.tasks().get(i)));
      for (int j = 0; j < n; j++) {
        s.append(String.format(Locale.ROOT, " %14s", cell(m, i, j)));
      }
      s.append('\n');
    }
    s.append(
        "  Off the diagonal: the cosine of two tasks' expected gradients, freed of batch noise, ±"
            + " standard error.\n");
    s.append(
        "  On the diagonal: of two batches of one task, which shows how much of a batch is"
            + " noise.\n");
    s.append(
        "  n.d.: not distinguishable from 0 (below two standard errors, or one of the tasks' own"
            + " batches are).\n");
    for (int i = 0; i < n; i++) {
      for (int j = i + 1; j < n; j++) {
        if (m.isDistinguishable(i, j)) {
          s.append("  ").append(meaning(m, i, j)).append('\n');
        }
      }
    }
    return s.append(undecided(m)).toString();
  }

  private static String cell(CosineMatrix m, int i, int j) {
    String value =
        m.isDistinguishable(i, j) ? String.format(Locale.ROOT, "%+.2f", m.cosine(i, j)) : "n.d.";
    double error = m.standardError(i, j);
    return Double.isNaN(error) ? value : String.format(Locale.ROOT, "%s ±%.2f", value, error);
  }

  private static String meaning(CosineMatrix m, int i, int j) {
    double c = m.cosine(i, j);
    String what =
        c > NOTABLE
            ? "help each other: a step for one lowers the other's loss"
            : c < -NOTABLE
                ? "interfere: a step for one raises the other's loss"
                : "are neutral: a step for one hardly moves the other's loss";
    return String.format(
        Locale.ROOT, "%s and %s (%+.2f) %s.", m.tasks().get(i), m.tasks().get(j), c, what);
  }

  private static String undecided(CosineMatrix m) {
    int pairs = 0;
    int open = 0;
    for (int i = 0; i < m.tasks().size(); i++) {
      for (int j = i + 1; j < m.tasks().size(); j++) {
        pairs++;
        open += m.isDistinguishable(i, j) ? 0 : 1;
      }
    }
    return pairs == 0
        ? ""
        : String.format(
            Locale.ROOT,
            "  For %d of %d pairs nothing can be told. All of this holds where training starts, not"
                + " where it ends.%n",
            open,
            pairs);
  }

  /// The table of models and verdicts.
  static String table(List<TaskResult> tasks) {
    StringBuilder s = new StringBuilder("Validation\n");
    s.append(
        String.format(
            Locale.ROOT,
            "  %-12s %-9s %7s %7s %7s %8s   %-24s %s%n",
            "task",
            "metric",
            "multi",
            "single",
            "frozen",
            "majority",
            "multi - single, 95 %",
            "verdict"));
    for (TaskResult t : tasks) {
      Comparison c = t.comparison();
      s.append(
          String.format(
              Locale.ROOT,
              "  %-12s %-42s   %-24s %s%n",
              t.spec().name(),
              row(t.primary()),
              String.format(
                  Locale.ROOT, "%+.3f [%+.3f, %+.3f]", c.improvement(), c.low(), c.high()),
              verdict(c.verdict())));
      for (ScoreResult further : t.scores().subList(1, t.scores().size())) {
        s.append(String.format(Locale.ROOT, "  %-12s %s%n", "", row(further)));
      }
    }
    s.append(
        "  multi: one training on all tasks; single: one on this task alone, with the same"
            + " examples; frozen: the encoder untouched, only a head trained.\n");
    s.append("  majority: the same answer always. ");
    s.append(String.join("; ", answers(tasks))).append(".\n");
    s.append(
        "  Interval and verdict: paired bootstrap over validation examples, by the first metric;"
            + " the noise of training seeds is not in it.\n");
    return s.toString();
  }

  private static String row(ScoreResult s) {
    return String.format(
        Locale.ROOT,
        "%-9s %7.3f %7.3f %7.3f %8.3f",
        s.name(),
        s.multi(),
        s.single(),
        s.frozen(),
        s.trivial().value());
  }

  private static List<String> answers(List<TaskResult> tasks) {
    List<String> answers = new ArrayList<>();
    for (TaskResult t : tasks) {
      String text = t.spec().name() + ": " + t.primary().trivial().description();
      for (ScoreResult further : t.scores().subList(1, t.scores().size())) {
        if (!further.trivial().description().equals(t.primary().trivial().description())) {
          text += " (" + further.name() + ": " + further.trivial().description() + ")";
        }
      }
      answers.add(text);
    }
    return answers;
  }

  /// A verdict in words.
  static String verdict(Verdict verdict) {
    return switch (verdict) {
      case HELPED -> "helped";
      case HURT -> "hurt";
      case NO_DIFFERENCE -> "no difference within noise";
    };
  }

  /// Commands that ask the saved model, one for each task.
  static List<String> tryOut(Path model, List<String> tasks) {
    List<String> lines = new ArrayList<>();
    for (String task : tasks) {
      lines.add(
          String.format(
              Locale.ROOT,
              "./espalier predict %s --task %s \"%s\"",
              model,
              task,
              switch (task) {
                case "word-sense" -> "He sat on the [[bank]] of the river and watched the currents";
                case "correct", "error-span" -> "She have been to Paris last year";
                default -> "a domesticated animal that catches mice";
              }));
    }
    return lines;
  }

  /// The times.
  static String times(DemoResult result) {
    List<String> parts = new ArrayList<>();
    result.phases().forEach((phase, s) -> parts.add(phase + " " + DemoSummary.time(s)));
    return String.format(
        Locale.ROOT,
        "Multi-task training read %,.0f tokens/s. In all %s: %s.%n",
        result.tokensPerSecond(),
        DemoSummary.time(result.seconds()),
        String.join(", ", parts));
  }
}
