package org.espalier.multitask.train;

import java.util.Arrays;
import java.util.List;
import org.espalier.multitask.report.ResampledMetric;
import org.espalier.nn.data.Example;
import org.espalier.nn.head.Prediction;

/// A number that says how good predictions are, in a form that a bootstrap can resample.
public interface Score {
  /// What reports call it, such as `accuracy`.
  String name();

  /// Whether a larger value is a better model; false for an error.
  default boolean higherIsBetter() {
    return true;
  }

  /// Returns the metric over any sample of these examples.
  ResampledMetric over(List<Example> examples, List<Prediction> predictions);

  /// Returns the metric over all of them.
  default double value(List<Example> examples, List<Prediction> predictions) {
    int[] once = new int[examples.size()];
    Arrays.fill(once, 1);
    return over(examples, predictions).on(once);
  }
}
