package org.espalier.multitask.train;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.espalier.multitask.report.ResampledMetric;
import org.espalier.nn.data.Example;
import org.espalier.nn.data.Target;
import org.espalier.nn.head.Prediction;
import org.espalier.nn.metric.F1Counts;
import org.espalier.nn.metric.SpanF1;
import org.espalier.nn.metric.TokenF1;

/// The scores of the kinds of task there are.
public final class Scores {
  private Scores() {}

  private record Named(
      String name,
      boolean higherIsBetter,
      BiFunction<List<Example>, List<Prediction>, ResampledMetric> metric)
      implements Score {
    @Override
    public ResampledMetric over(List<Example> examples, List<Prediction> predictions) {
      if (examples.size() != predictions.size()) {
        throw new IllegalArgumentException(
            examples.size() + " examples need as many predictions, not " + predictions.size());
      }
      return metric.apply(examples, predictions);
    }
  }

  /// Returns the share of right classes, of sequences or of tokens.
  public static Score accuracy() {
    return new Named(
        "accuracy", true, (e, p) -> ResampledMetric.accuracy(labels(e), bestClasses(p)));
  }

  /// Returns the mean of the classes' F1.
  public static Score macroF1() {
    return new Named(
        "macro F1", true, (e, p) -> ResampledMetric.macroF1(labels(e), bestClasses(p)));
  }

  /// Returns the area under the ROC curve of one class against the others.
  public static Score rocAuc(int positive) {
    return new Named(
        "AUC",
        true,
        (e, p) -> {
          int[] labels = labels(e);
          boolean[] is = new boolean[labels.length];
          double[] score = new double[labels.length];
          for (int i = 0; i < labels.length; i++) {
            is[i] = labels[i] == positive;
            score[i] = classes(p.get(i)).probability(positive);
          }
          return ResampledMetric.rocAuc(is, score);
        });
  }

  /// Returns the coefficient of determination.
  public static Score r2() {
    return new Named("R2", true, (e, p) -> ResampledMetric.r2(targets(e), values(p)));
  }

  /// Returns the mean absolute error in the raw unit.
  ///
  /// @param deviation what one standardised unit is worth
  public static Score meanAbsoluteError(double deviation) {
    return new Named(
        "MAE",
        false,
        (e, p) -> {
          double[] t = targets(e);
          double[] v = values(p);
          double[] errors = new double[t.length];
          for (int i = 0; i < t.length; i++) {
            errors[i] = Math.abs(t[i] - v[i]) * deviation;
          }
          return ResampledMetric.mean(errors);
        });
  }

  /// Returns F1 of whole spans under BIO tags; see [SpanF1].
  public static Score spanF1(List<String> tags) {
    List<String> names = List.copyOf(tags);
    return new Named(
        "span F1",
        true,
        (e, p) -> ResampledMetric.f1(counts(e, p, (a, b) -> new SpanF1(names).add(a, b))));
  }

  /// Returns F1 of the tokens that carry any tag but `outside`; see [TokenF1].
  public static Score tokenF1(int outside) {
    return new Named(
        "token F1",
        true,
        (e, p) -> ResampledMetric.f1(counts(e, p, (a, b) -> new TokenF1(outside).add(a, b))));
  }

  private static List<F1Counts> counts(
      List<Example> examples,
      List<Prediction> predictions,
      BiFunction<int[], int[], F1Counts> one) {
    List<F1Counts> out = new ArrayList<>();
    for (int i = 0; i < examples.size(); i++) {
      Target.TokenTags tags = cast(examples.get(i).target(), Target.TokenTags.class);
      Prediction.Tags said = cast(predictions.get(i), Prediction.Tags.class);
      int n = 0;
      int[] a = new int[tags.size()];
      int[] b = new int[tags.size()];
      for (int j = 0; j < tags.size(); j++) {
        if (tags.tag(j) != Target.TokenTags.NONE) {
          a[n] = tags.tag(j);
          b[n++] = said.token(j).best();
        }
      }
      out.add(one.apply(java.util.Arrays.copyOf(a, n), java.util.Arrays.copyOf(b, n)));
    }
    return out;
  }

  private static int[] labels(List<Example> examples) {
    return examples.stream()
        .mapToInt(e ->
            switch (e.target()) {
              case Target.SequenceClass c -> c.label();
              case Target.TokenClass c -> c.label();
              case Target.SequenceValue v ->
                  throw new IllegalArgumentException("a score of classes got the target " + v);
              case Target.TokenTags t ->
                  throw new IllegalArgumentException("a score of classes got the target " + t);
            })
        .toArray();
  }

  private static int[] bestClasses(List<Prediction> predictions) {
    return predictions.stream().mapToInt(p -> classes(p).best()).toArray();
  }

  private static Prediction.Classes classes(Prediction p) {
    return cast(p, Prediction.Classes.class);
  }

  private static double[] targets(List<Example> examples) {
    return examples.stream()
        .mapToDouble(e -> cast(e.target(), Target.SequenceValue.class).value())
        .toArray();
  }

  private static double[] values(List<Prediction> predictions) {
    return predictions.stream().mapToDouble(p -> cast(p, Prediction.Value.class).value()).toArray();
  }

  private static <T> T cast(Object o, Class<T> kind) {
    if (!kind.isInstance(o)) {
      throw new IllegalArgumentException("a score of " + kind.getSimpleName() + " got " + o);
    }
    return kind.cast(o);
  }
}
