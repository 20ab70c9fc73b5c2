package org.espalier.nn.metric;

/// The coefficient of determination, `1 - sum (y - p)^2 / sum (y - mean y)^2`: 1 is perfect, 0 is
/// what predicting the mean of these very targets scores, and it may be negative.
///
/// NaN with fewer than two examples, with targets that are all equal, and when a NaN was added. The
/// spread of the targets is gathered by Welford's update (1962), which does not cancel when their
/// mean is large.
public final class R2 implements Metric {
  private long count;
  private double mean;
  private double spread;
  private double residual;

  /// An empty metric.
  public R2() {}

  /// Adds a prediction.
  public void add(double target, double predicted) {
    count++;
    double fromOldMean = target - mean;
    mean += fromOldMean / count;
    spread += fromOldMean * (target - mean);
    residual += (target - predicted) * (target - predicted);
  }

  @Override
  public String name() {
    return "R2";
  }

  @Override
  public double value() {
    return spread == 0 ? Double.NaN : 1 - residual / spread;
  }
}
