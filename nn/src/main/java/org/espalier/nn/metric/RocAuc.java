package org.espalier.nn.metric;

import java.util.Arrays;

/// The area under the receiver operating characteristic: the probability that a positive example
/// scores higher than a negative one, a tie counting one half (Hanley, McNeil 1982; it is the
/// Mann-Whitney U statistic over the number of pairs).
///
/// NaN when one of the classes is absent, and when any score is NaN: a model that diverged has no
/// ranking.
public final class RocAuc implements Metric {
  private double[] positives = new double[64];
  private double[] negatives = new double[64];
  private int positiveCount;
  private int negativeCount;

  /// An empty metric.
  public RocAuc() {}

  /// Adds a prediction; any increasing function of the probability will do as score.
  public void add(boolean positive, double score) {
    // -0.0 and 0.0 are one score, though sorting tells them apart
    double s = score + 0.0;
    if (positive) {
      positives = withRoom(positives, positiveCount);
      positives[positiveCount++] = s;
    } else {
      negatives = withRoom(negatives, negativeCount);
      negatives[negativeCount++] = s;
    }
  }

  private static double[] withRoom(double[] scores, int used) {
    return used < scores.length ? scores : Arrays.copyOf(scores, used * 2);
  }

  @Override
  public String name() {
    return "ROC AUC";
  }

  @Override
  public double value() {
    if (positiveCount == 0 || negativeCount == 0) {
      return Double.NaN;
    }
    double[] p = Arrays.copyOf(positives, positiveCount);
    double[] n = Arrays.copyOf(negatives, negativeCount);
    Arrays.sort(p);
    Arrays.sort(n);
    // NaN sorts last
    if (Double.isNaN(p[p.length - 1]) || Double.isNaN(n[n.length - 1])) {
      return Double.NaN;
    }
    long twiceWins = 0;
    int below = 0;
    int notAbove = 0;
    for (double score : p) {
      while (below < n.length && n[below] < score) {
        below++;
      }
      while (notAbove < n.length && n[notAbove] <= score) {
        notAbove++;
      }
      twiceWins += below + notAbove;
    }
    return twiceWins / (2.0 * p.length * n.length);
  }
}
