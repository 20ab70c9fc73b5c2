package org.espalier.multitask.report;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.espalier.nn.metric.F1Counts;

/// A metric of one model on a sample of the validation examples drawn with replacement.
///
/// A sample is handed over as `times`: example i was drawn `times[i]` times. The factories keep,
/// for each example, just the statistics their metric is made of, so that a sample costs one pass;
/// any other metric comes in through [#ofIndices].
@FunctionalInterface
public interface ResampledMetric {
  /// The metric on the sample; NaN when it is undefined there.
  ///
  /// @param times how often each example was drawn; must not be changed or kept
  double on(int[] times);

  /// The mean of one number an example: accuracy of `1` and `0`, mean absolute error of the errors,
  /// mean loss of the losses.
  static ResampledMetric mean(double[] perExample) {
    double[] values = perExample.clone();
    return times -> {
      checkSize(times, values.length);
      double sum = 0;
      long count = 0;
      for (int i = 0; i < values.length; i++) {
        if (times[i] > 0) {
          sum += times[i] * values[i];
          count += times[i];
        }
      }
      return sum / count;
    };
  }

  /// The share of examples whose prediction is right.
  ///
  /// @throws IllegalArgumentException if the lengths differ
  static ResampledMetric accuracy(int[] labels, int[] predicted) {
    checkSize(predicted, labels.length);
    return mean(
        IntStream.range(0, labels.length)
            .mapToDouble(i -> labels[i] == predicted[i] ? 1 : 0)
            .toArray());
  }

  /// Micro F1 from each example's counts, `2 sum tp / (2 sum tp + sum fp + sum fn)`: for token and
  /// span F1 an example is a sentence, see [org.espalier.nn.metric.SpanF1#add].
  static ResampledMetric f1(List<F1Counts> perExample) {
    int n = perExample.size();
    long[] found = perExample.stream().mapToLong(F1Counts::truePositives).toArray();
    long[] wrong =
        perExample.stream().mapToLong(c -> c.falsePositives() + c.falseNegatives()).toArray();
    return times -> {
      checkSize(times, n);
      long right = 0;
      long marked = 0;
      for (int i = 0; i < n; i++) {
        right += times[i] * found[i];
        marked += times[i] * (2 * found[i] + wrong[i]);
      }
      return 2.0 * right / marked;
    };
  }

  /// The mean over classes of F1; a class is left out of a sample in which it is neither label nor
  /// prediction.
  ///
  /// @throws IllegalArgumentException if the lengths differ
  static ResampledMetric macroF1(int[] labels, int[] predicted) {
    checkSize(predicted, labels.length);
    int[] label = labels.clone();
    int[] guess = predicted.clone();
    int classes = IntStream.concat(Arrays.stream(label), Arrays.stream(guess)).max().orElse(-1) + 1;
    return times -> {
      checkSize(times, label.length);
      long[] right = new long[classes];
      long[] marked = new long[classes];
      for (int i = 0; i < label.length; i++) {
        marked[label[i]] += times[i];
        marked[guess[i]] += times[i];
        right[label[i]] += label[i] == guess[i] ? times[i] : 0;
      }
      return IntStream.range(0, classes)
          .filter(c -> marked[c] > 0)
          .mapToDouble(c -> 2.0 * right[c] / marked[c])
          .average()
          .orElse(Double.NaN);
    };
  }

  /// The coefficient of determination, `1 - sum (y - p)^2 / sum (y - mean y)^2`, with the mean of
  /// the sample.
  ///
  /// @throws IllegalArgumentException if the lengths differ
  static ResampledMetric r2(double[] targets, double[] predicted) {
    int n = targets.length;
    if (predicted.length != n) {
      throw new IllegalArgumentException(n + " targets, but " + predicted.length + " predictions");
    }
    // Centred once, so that the sample's spread may be had from sums of squares without cancelling.
    double centre = Arrays.stream(targets).average().orElse(Double.NaN);
    double[] centred = Arrays.stream(targets).map(y -> y - centre).toArray();
    double[] residual = new double[n];
    Arrays.setAll(residual, i -> (targets[i] - predicted[i]) * (targets[i] - predicted[i]));
    return times -> {
      checkSize(times, n);
      double lost = 0;
      double sum = 0;
      double squares = 0;
      long count = 0;
      for (int i = 0; i < n; i++) {
        if (times[i] > 0) {
          lost += times[i] * residual[i];
          sum += times[i] * centred[i];
          squares += times[i] * centred[i] * centred[i];
          count += times[i];
        }
      }
      double spread = squares - sum * sum / count;
      return spread > 1e-12 * squares ? 1 - lost / spread : Double.NaN;
    };
  }

  /// The area under the ROC curve, ties counting one half; sorted once, a sample is one pass. NaN
  /// for a sample with one class only, and for every sample if a score is NaN.
  ///
  /// @throws IllegalArgumentException if the lengths differ
  static ResampledMetric rocAuc(boolean[] positive, double[] scores) {
    int n = scores.length;
    if (positive.length != n) {
      throw new IllegalArgumentException(positive.length + " labels, but " + n + " scores");
    }
    if (Arrays.stream(scores).anyMatch(Double::isNaN)) {
      return times -> Double.NaN;
    }
    int[] order =
        Stream.iterate(0, i -> i < n, i -> i + 1)
            .sorted(Comparator.comparingDouble(i -> scores[i] + 0.0))
            .mapToInt(i -> i)
            .toArray();
    boolean[] isPositive = new boolean[n];
    boolean[] endsTie = new boolean[n];
    for (int k = 0; k < n; k++) {
      isPositive[k] = positive[order[k]];
      endsTie[k] = k + 1 == n || scores[order[k]] != scores[order[k + 1]];
    }
    return times -> {
      checkSize(times, n);
      long below = 0;
      long positives = 0;
      long tiedPositives = 0;
      long tiedNegatives = 0;
      long twiceWins = 0;
      for (int k = 0; k < n; k++) {
        if (isPositive[k]) {
          tiedPositives += times[order[k]];
        } else {
          tiedNegatives += times[order[k]];
        }
        if (endsTie[k]) {
          twiceWins += tiedPositives * (2 * below + tiedNegatives);
          below += tiedNegatives;
          positives += tiedPositives;
          tiedPositives = 0;
          tiedNegatives = 0;
        }
      }
      return twiceWins / (2.0 * positives * below);
    };
  }

  /// Any metric at all, as a function of the indices of the examples drawn, repeats included, in
  /// increasing order. The slowest way: the function recomputes everything for each sample.
  static ResampledMetric ofIndices(ToDoubleFunction<int[]> metric) {
    return times -> {
      int[] indices = new int[Arrays.stream(times).sum()];
      int next = 0;
      for (int i = 0; i < times.length; i++) {
        Arrays.fill(indices, next, next + times[i], i);
        next += times[i];
      }
      return metric.applyAsDouble(indices);
    };
  }

  private static void checkSize(int[] values, int examples) {
    if (values.length != examples) {
      throw new IllegalArgumentException(
          "the metric was made of %d examples, but is asked about %d"
              .formatted(examples, values.length));
    }
  }
}
