package org.espalier.nn.metric;

/// The mean distance between target and prediction, `mean |y - p|`, in the unit of the target; NaN
/// when there are none or a NaN was added. Lower is better.
public final class MeanAbsoluteError implements Metric {
  private long count;
  private double sum;

  /// An empty metric.
  public MeanAbsoluteError() {}

  /// Adds a prediction.
  public void add(double target, double predicted) {
    sum += Math.abs(target - predicted);
    count++;
  }

  @Override
  public String name() {
    return "MAE";
  }

  @Override
  public double value() {
    return sum / count;
  }

  @Override
  public boolean higherIsBetter() {
    return false;
  }
}
