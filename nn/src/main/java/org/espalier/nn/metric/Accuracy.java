package org.espalier.nn.metric;

/// The share of predictions that are right: `correct / all`, NaN when there are none.
public final class Accuracy implements Metric {
  private long correct;
  private long all;

  /// An empty metric.
  public Accuracy() {}

  /// Adds a prediction.
  public void add(int label, int predicted) {
    if (label == predicted) {
      correct++;
    }
    all++;
  }

  @Override
  public String name() {
    return "accuracy";
  }

  @Override
  public double value() {
    return (double) correct / all;
  }
}
