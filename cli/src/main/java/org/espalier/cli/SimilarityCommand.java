package org.espalier.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.espalier.Tensor;
import org.espalier.io.json.Json;
import org.espalier.nn.Parameters;
import org.espalier.nn.model.Bert;
import org.espalier.nn.model.SentenceEncoder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `espalier similarity`: how alike sentences are.
@Command(
    name = "similarity",
    description = {
      "Prints the cosines of sentences' embeddings by the pretrained encoder: 1 for the same,"
          + " around 0 for nothing in common.",
      "An embedding is the mean over a sentence's tokens of the encoder's last layer."
    })
final class SimilarityCommand implements Callable<Integer> {
  private final PrintWriter out;
  private final PrintWriter err;

  @picocli.CommandLine.Parameters(
      arity = "2..*",
      paramLabel = "TEXT",
      description = "Two or more sentences.")
  private List<String> texts = new ArrayList<>();

  @Option(names = "--json", description = "Print JSON instead of a table.")
  private boolean json;

  SimilarityCommand(PrintWriter out, PrintWriter err) {
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() {
    Pretrained start = Pretrained.miniLm();
    int positions = start.config().maxPositions();
    for (int i = 0; i < texts.size(); i++) {
      if (start.tokenizer().encode(texts.get(i), positions).isTruncated()) {
        err.println(
            "espalier: of text " + (i + 1) + " only the first " + positions + " tokens are read");
      }
    }
    double[][] cosines = cosines(start, texts);
    out.print(json ? json(texts, cosines) : table(texts, cosines));
    out.flush();
    return 0;
  }

  /// Returns the cosines of all pairs of texts.
  static double[][] cosines(Pretrained start, List<String> texts) {
    Bert bert = new Bert(Parameters.loaded(start.weights()), start.config());
    Tensor vectors = new SentenceEncoder(bert, start.tokenizer()).encode(texts);
    double[] flat = vectors.matmul(vectors.transpose()).toDoubleArray();
    int n = texts.size();
    double[][] cosines = new double[n][n];
    for (int i = 0; i < n * n; i++) {
      cosines[i / n][i % n] = flat[i];
    }
    return cosines;
  }

  private static String json(List<String> texts, double[][] cosines) {
    List<List<Object>> rows = new ArrayList<>();
    for (double[] row : cosines) {
      List<Object> numbers = new ArrayList<>();
      for (double value : row) {
        numbers.add(RunLog.number(value));
      }
      rows.add(numbers);
    }
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("texts", texts);
    all.put("cosines", rows);
    return Json.writeIndented(all) + "\n";
  }

  private static String table(List<String> texts, double[][] cosines) {
    StringBuilder s = new StringBuilder("    ");
    for (int i = 0; i < texts.size(); i++) {
      s.append(String.format(Locale.ROOT, "%8d", i + 1));
    }
    s.append('\n');
    for (int i = 0; i < texts.size(); i++) {
      s.append(String.format(Locale.ROOT, "%4d", i + 1));
      for (double value : cosines[i]) {
        s.append(String.format(Locale.ROOT, "%8.4f", value));
      }
      s.append("  ").append(texts.get(i)).append('\n');
    }
    return s.toString();
  }
}
