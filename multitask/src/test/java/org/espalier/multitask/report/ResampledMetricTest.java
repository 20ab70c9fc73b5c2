package org.espalier.multitask.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.espalier.nn.metric.Accuracy;
import org.espalier.nn.metric.F1Counts;
import org.espalier.nn.metric.MacroF1;
import org.espalier.nn.metric.MeanAbsoluteError;
import org.espalier.nn.metric.R2;
import org.espalier.nn.metric.RocAuc;
import org.espalier.nn.metric.SpanF1;
import org.junit.jupiter.api.Test;

/// Each factory against the metric itself, computed anew on the examples that were drawn.
final class ResampledMetricTest {
  private static final int N = 60;

  private static void agree(ResampledMetric fast, ResampledMetric anew, long seed) {
    var random = new Random(seed);
    for (int draw = 0; draw < 20; draw++) {
      int[] times = new int[N];
      for (int i = 0; i < N; i++) {
        times[random.nextInt(N)]++;
      }
      assertEquals(anew.on(times), fast.on(times), 1e-12, "seed " + seed + ", draw " + draw);
    }
  }

  @Test
  void accuracyAndMacroF1AgreeWithTheMetrics() {
    long seed = 1;
    var random = new Random(seed);
    int[] labels = random.ints(N, 0, 5).toArray();
    int[] predicted = random.ints(N, 0, 6).toArray();
    agree(
        ResampledMetric.accuracy(labels, predicted),
        ResampledMetric.ofIndices(indices -> {
          var metric = new Accuracy();
          for (int i : indices) {
            metric.add(labels[i], predicted[i]);
          }
          return metric.value();
        }),
        seed);
    agree(
        ResampledMetric.macroF1(labels, predicted),
        ResampledMetric.ofIndices(indices -> {
          var metric = new MacroF1(6);
          for (int i : indices) {
            metric.add(labels[i], predicted[i]);
          }
          return metric.value();
        }),
        seed);
  }

  @Test
  void r2AndMeanAgreeWithTheMetrics() {
    long seed = 2;
    var random = new Random(seed);
    double[] targets = random.doubles(N, 100, 101).toArray();
    double[] predicted = random.doubles(N, 100, 101).toArray();
    double[] errors = new double[N];
    for (int i = 0; i < N; i++) {
      errors[i] = Math.abs(targets[i] - predicted[i]);
    }
    agree(
        ResampledMetric.r2(targets, predicted),
        ResampledMetric.ofIndices(indices -> {
          var metric = new R2();
          for (int i : indices) {
            metric.add(targets[i], predicted[i]);
          }
          return metric.value();
        }),
        seed);
    agree(
        ResampledMetric.mean(errors),
        ResampledMetric.ofIndices(indices -> {
          var metric = new MeanAbsoluteError();
          for (int i : indices) {
            metric.add(targets[i], predicted[i]);
          }
          return metric.value();
        }),
        seed);
  }

  @Test
  void rocAucAgreesWithTheMetricOnScoresWithTies() {
    long seed = 3;
    var random = new Random(seed);
    boolean[] positive = new boolean[N];
    double[] scores = new double[N];
    for (int i = 0; i < N; i++) {
      positive[i] = random.nextBoolean();
      scores[i] = random.nextInt(9) * (random.nextBoolean() ? 1.0 : -1.0);
    }
    agree(
        ResampledMetric.rocAuc(positive, scores),
        ResampledMetric.ofIndices(indices -> {
          var metric = new RocAuc();
          for (int i : indices) {
            metric.add(positive[i], scores[i]);
          }
          return metric.value();
        }),
        seed);
  }

  @Test
  void f1AgreesWithTheMetricOnSentences() {
    long seed = 4;
    var random = new Random(seed);
    List<String> names = List.of("O", "B", "I");
    var labelled = new ArrayList<int[]>();
    var predicted = new ArrayList<int[]>();
    var counts = new ArrayList<F1Counts>();
    for (int i = 0; i < N; i++) {
      labelled.add(random.ints(7, 0, 3).toArray());
      predicted.add(random.ints(7, 0, 3).toArray());
      counts.add(new SpanF1(names).add(labelled.get(i), predicted.get(i)));
    }
    agree(
        ResampledMetric.f1(counts),
        ResampledMetric.ofIndices(indices -> {
          var metric = new SpanF1(names);
          for (int i : indices) {
            metric.add(labelled.get(i), predicted.get(i));
          }
          return metric.value();
        }),
        seed);
  }

  @Test
  void isNaNWhereTheSampleLeavesItUndefined() {
    int[] firstOnly = {2, 0};
    boolean[] positive = {true, false};
    assertEquals(Double.NaN, ResampledMetric.rocAuc(positive, new double[] {1, 0}).on(firstOnly));
    assertEquals(
        Double.NaN,
        ResampledMetric.rocAuc(positive, new double[] {1, Double.NaN}).on(new int[] {1, 1}));
    assertEquals(
        Double.NaN, ResampledMetric.r2(new double[] {0.1, 3}, new double[] {1, 2}).on(firstOnly));
    assertEquals(
        Double.NaN,
        ResampledMetric.f1(List.of(F1Counts.NONE, new F1Counts(1, 0, 0))).on(firstOnly));
  }

  @Test
  void ignoresAnExampleThatWasNotDrawnEvenWhenItIsNaN() {
    assertEquals(4, ResampledMetric.mean(new double[] {Double.NaN, 4}).on(new int[] {0, 2}));
  }

  @Test
  void refusesAnotherNumberOfExamples() {
    var metric = ResampledMetric.mean(new double[] {1, 2});
    assertThrows(IllegalArgumentException.class, () -> metric.on(new int[] {1, 1, 1}));
    assertThrows(
        IllegalArgumentException.class,
        () -> ResampledMetric.r2(new double[] {1, 2}, new double[] {1}));
    assertThrows(
        IllegalArgumentException.class,
        () -> ResampledMetric.rocAuc(new boolean[1], new double[2]));
    assertThrows(
        IllegalArgumentException.class, () -> ResampledMetric.accuracy(new int[1], new int[2]));
  }
}
