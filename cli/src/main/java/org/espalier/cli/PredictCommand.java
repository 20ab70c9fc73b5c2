package org.espalier.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.espalier.nn.data.Example;
import org.espalier.nn.data.Target;
import org.espalier.nn.head.Prediction;
import org.espalier.nn.text.Encoding;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `espalier predict`: a saved model answers.
@Command(
    name = "predict",
    description = {
      "A saved model answers: classes with probabilities, numbers in their own unit, tags under"
          + " their words.",
      "Where a task asks about one word, mark it: 'He sat on the [[bank]] of the river'."
    })
final class PredictCommand implements Callable<Integer> {
  private final PrintWriter out;
  private final PrintWriter err;

  @picocli.CommandLine.Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "The folder of a saved model, such as espalier-demo/model.")
  private Path model = Path.of("");

  @picocli.CommandLine.Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "TEXT",
      description = "Sentences to answer.")
  private List<String> texts = new ArrayList<>();

  @Option(
      names = "--task",
      paramLabel = "NAME",
      required = true,
      description = "What to ask; the model's folder says what it can be asked.")
  private String task = "";

  @Option(
      names = "--top",
      paramLabel = "N",
      defaultValue = "3",
      description = "How many classes to print (default: 3).")
  private int top;

  PredictCommand(PrintWriter out, PrintWriter err) {
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() {
    if (top < 1) {
      throw new ArgumentError("--top is " + top + ", expected 1 or more");
    }
    SavedModel saved = SavedModel.open(model);
    Optional<TaskSpec> found =
        saved.tasks().stream().filter(t -> t.name().equals(task)).findFirst();
    if (found.isEmpty()) {
      throw new ArgumentError(
          "the model has no task '"
              + task
              + "'; its tasks are "
              + String.join(", ", saved.tasks().stream().map(TaskSpec::name).toList()));
    }
    out.print(answers(saved, found.get()));
    out.flush();
    return 0;
  }

  private String answers(SavedModel saved, TaskSpec asked) {
    int positions = saved.config().maxPositions();
    List<Asked> questions = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      questions.add(Asked.of(asked, texts.get(i), saved, positions));
      if (questions.get(i).encoding().isTruncated()) {
        err.println(
            "espalier: of text " + (i + 1) + " only the first " + positions + " tokens are read");
      }
    }
    List<Prediction> predictions =
        saved.predict(asked, questions.stream().map(Asked::example).toList());
    StringBuilder s = new StringBuilder();
    for (int i = 0; i < texts.size(); i++) {
      if (i > 0) {
        s.append('\n');
      }
      Asked q = questions.get(i);
      s.append(
          Answers.render(asked, texts.get(i), q.text(), q.encoding(), predictions.get(i), top));
    }
    return s.toString();
  }

  /// A text on its way into the model.
  ///
  /// @param text without marks
  private record Asked(String text, Encoding encoding, Example example) {
    static Asked of(TaskSpec asked, String text, SavedModel saved, int positions) {
      if (asked.kind() == TaskSpec.Kind.WORD_CLASSES) {
        MarkedText marked = MarkedText.parse(text);
        return new Asked(
            marked.text(),
            saved.tokenizer().encode(marked.text(), positions),
            marked.encode(saved.tokenizer(), positions));
      }
      Encoding encoding = saved.tokenizer().encode(text, positions);
      return new Asked(text, encoding, new Example(encoding.ids(), new Target.SequenceClass(0)));
    }
  }
}
