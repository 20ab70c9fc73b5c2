package org.espalier.cli;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.espalier.Espalier;
import org.espalier.cli.DemoResult.ScoreResult;
import org.espalier.cli.DemoResult.TaskResult;
import org.espalier.io.AtomicFile;
import org.espalier.io.json.Json;
import org.espalier.multitask.diagnostics.CosineMatrix;

/// The measurements as JSON.
final class DemoSummary {
  private DemoSummary() {}

  /// Returns the text of the summary.
  static String of(DemoOptions options, DemoResult result) {
    Map<String, Object> json = new LinkedHashMap<>();
    Map<String, Object> tasks = new LinkedHashMap<>();
    for (TaskResult t : result.tasks()) {
      tasks.put(t.spec().name(), task(t));
    }
    json.put("tasks", tasks);
    json.put("seconds", result.seconds());
    json.put("phases", result.phases());
    json.put("tokensPerSecond", result.tokensPerSecond());
    json.put("parameterHash", result.parameterHash());
    json.put("seed", options.seed());
    json.put("steps", result.steps());
    json.put("options", options.json());
    json.put("machine", Espalier.describe().lines().toList());
    CosineMatrix cosines = result.cosines();
    if (cosines != null) {
      json.put("cosines", cosines(cosines));
    }
    return Json.writeIndented(json) + "\n";
  }

  private static Map<String, Object> task(TaskResult t) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("metric", t.primary().name());
    json.putAll(score(t.primary()));
    Map<String, Object> others = new LinkedHashMap<>();
    for (ScoreResult s : t.scores().subList(1, t.scores().size())) {
      others.put(s.name(), score(s));
    }
    json.put("metrics", others);
    json.put("verdict", DemoReport.verdict(t.comparison().verdict()));
    json.put("improvement", RunLog.number(t.comparison().improvement()));
    json.put("low", RunLog.number(t.comparison().low()));
    json.put("high", RunLog.number(t.comparison().high()));
    json.put("majorityAnswer", t.primary().trivial().description());
    json.put("trainingSteps", t.budget());
    json.put("validationExamples", t.validation());
    return json;
  }

  private static Map<String, Object> score(ScoreResult s) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("multi", RunLog.number(s.multi()));
    json.put("single", RunLog.number(s.single()));
    json.put("frozen", RunLog.number(s.frozen()));
    json.put("majority", RunLog.number(s.trivial().value()));
    return json;
  }

  private static List<Object> cosines(CosineMatrix m) {
    List<Object> pairs = new ArrayList<>();
    for (int i = 0; i < m.tasks().size(); i++) {
      for (int j = i; j < m.tasks().size(); j++) {
        Map<String, Object> pair = new LinkedHashMap<>();
        pair.put("tasks", List.of(m.tasks().get(i), m.tasks().get(j)));
        pair.put("cosine", RunLog.number(m.cosine(i, j)));
        pair.put("standardError", RunLog.number(m.standardError(i, j)));
        pair.put("rawCosine", RunLog.number(m.rawCosine(i, j)));
        pair.put("distinguishable", m.isDistinguishable(i, j));
        pairs.add(pair);
      }
    }
    return pairs;
  }

  /// Writes text to a file in one step.
  ///
  /// @throws java.io.UncheckedIOException when it cannot be written
  static void write(Path file, String text) {
    AtomicFile.write(
        file,
        channel -> {
          ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
          while (bytes.hasRemaining()) {
            channel.write(bytes);
          }
        });
  }

  /// Seconds for people.
  static String time(double seconds) {
    return seconds < 60
        ? String.format(Locale.ROOT, "%.1f s", seconds)
        : String.format(
            Locale.ROOT, "%d min %02d s", Math.round(seconds) / 60, Math.round(seconds) % 60);
  }
}
