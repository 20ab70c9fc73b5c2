package org.espalier.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.espalier.cli.data.DemoTask;
import org.espalier.io.json.JsonArray;
import org.espalier.io.json.JsonObject;
import org.espalier.multitask.train.Score;
import org.espalier.multitask.train.Scores;
import org.espalier.nn.Parameters;
import org.espalier.nn.head.Head;
import org.espalier.nn.head.SequenceClassifier;
import org.espalier.nn.head.SequenceRegressor;
import org.espalier.nn.head.TokenClassifier;
import org.espalier.nn.head.TokenTagger;

/// What a task asks and how its answers read: everything about it but its examples.
///
/// @param name such as `word-sense`
/// @param kind which head it has
/// @param labels what the classes or tags mean; empty for a regression
/// @param mean the raw value of the standardised 0; 0 unless a regression
/// @param deviation the raw value of one standardised unit; 1 unless a regression
record TaskSpec(String name, Kind kind, List<String> labels, double mean, double deviation) {
  /// The kinds of task there are.
  enum Kind {
    /// One class for a sentence.
    SENTENCE_CLASSES,
    /// One class for one word of a sentence.
    WORD_CLASSES,
    /// A BIO tag for every word.
    WORD_TAGS,
    /// A number for a sentence.
    REGRESSION;

    /// The name in files.
    String id() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  TaskSpec {
    labels = List.copyOf(labels);
  }

  /// What a task of the demonstration asks.
  static TaskSpec of(DemoTask task) {
    List<String> labels = task.data().labels();
    return switch (task) {
      case DemoTask.SentenceClasses t ->
          new TaskSpec(t.name(), Kind.SENTENCE_CLASSES, labels, 0, 1);
      case DemoTask.WordClasses t -> new TaskSpec(t.name(), Kind.WORD_CLASSES, labels, 0, 1);
      case DemoTask.WordTags t -> new TaskSpec(t.name(), Kind.WORD_TAGS, labels, 0, 1);
      case DemoTask.Regression t ->
          new TaskSpec(t.name(), Kind.REGRESSION, labels, t.mean(), t.deviation());
    };
  }

  /// Where its head's parameters are.
  String headPath() {
    return "heads." + name;
  }

  /// Makes its head in a parameter tree.
  Head head(Parameters root, int dim, double dropout) {
    Parameters at = root.at(headPath());
    return switch (kind) {
      case SENTENCE_CLASSES -> new SequenceClassifier(at, dim, labels.size(), dropout);
      case WORD_CLASSES -> new TokenClassifier(at, dim, labels.size(), dropout);
      case WORD_TAGS -> new TokenTagger(at, dim, labels.size(), dropout);
      case REGRESSION -> new SequenceRegressor(at, dim, dropout);
    };
  }

  /// How it is measured, the primary score first.
  List<Score> scores() {
    return switch (kind) {
      case SENTENCE_CLASSES, WORD_CLASSES ->
          labels.size() == 2
              ? List.of(Scores.accuracy(), Scores.rocAuc(1))
              : List.of(Scores.accuracy(), Scores.macroF1());
      case WORD_TAGS ->
          List.of(Scores.spanF1(labels), Scores.tokenF1(Math.max(0, labels.indexOf("O"))));
      case REGRESSION -> List.of(Scores.r2(), Scores.meanAbsoluteError(deviation));
    };
  }

  /// The description that a saved model keeps.
  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("name", name);
    json.put("kind", kind.id());
    if (kind == Kind.REGRESSION) {
      json.put("mean", mean);
      json.put("deviation", deviation);
    } else {
      json.put("labels", labels);
    }
    json.put("metric", scores().getFirst().name());
    return json;
  }

  /// Reads what [#json] wrote.
  ///
  /// @throws org.espalier.io.FormatException when a key is missing or makes no sense
  static TaskSpec read(JsonObject json) {
    Kind kind = kind(json);
    JsonArray labels = json.findArray("labels");
    List<String> names = labels == null ? List.of() : labels.strings();
    if (kind != Kind.REGRESSION && names.size() < 2) {
      throw json.fault("a task of classes needs at least two \"labels\"");
    }
    double deviation = json.real("deviation", 1);
    if (!(deviation > 0)) {
      throw json.fault("the deviation is " + deviation + ", expected a positive number");
    }
    return new TaskSpec(json.string("name"), kind, names, json.real("mean", 0), deviation);
  }

  private static Kind kind(JsonObject json) {
    String id = json.string("kind");
    for (Kind kind : Kind.values()) {
      if (kind.id().equals(id)) {
        return kind;
      }
    }
    throw json.fault("the kind of task \"" + id + "\" is not known");
  }
}
