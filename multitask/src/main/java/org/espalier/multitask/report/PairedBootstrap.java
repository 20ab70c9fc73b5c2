package org.espalier.multitask.report;

import java.util.Arrays;

/// Whether two models differ on the same validation examples by more than the luck of which
/// examples those are: the paired bootstrap (Efron, Tibshirani 1993; Koehn 2004 for comparing
/// systems).
///
/// Examples are drawn with replacement, as many as there are; both models are measured on the same
/// draw; and the improvement, `sign * (candidate - baseline)`, is noted. The interval runs between
/// the percentiles of many such improvements. Pairing is what makes it sharp: an example that is
/// hard for both models moves both metrics and cancels.
///
/// What it does *not* cover: another training seed (train with several), and examples that resemble
/// each other, such as sentences of one grammar rule, for which the interval is too narrow.
///
/// ```java
/// var single = ResampledMetric.accuracy(labels, predictedBySingleTask);
/// var shared = ResampledMetric.accuracy(labels, predictedByMultiTask);
/// Comparison c = PairedBootstrap.withSeed(1).compare(labels.length, single, shared, true);
/// c.verdict(); // HELPED, HURT or NO_DIFFERENCE
/// ```
///
/// @param resamples how many draws, at least 1
/// @param confidence the interval's nominal coverage, between 0 and 1
/// @param seed of the draws; the same seed gives the same interval, on any machine
public record PairedBootstrap(int resamples, double confidence, long seed) {
  /// Draws when nothing else is asked for.
  public static final int DEFAULT_RESAMPLES = 1_000;

  /// Coverage when nothing else is asked for.
  public static final double DEFAULT_CONFIDENCE = 0.95;

  private static final long GOLDEN = 0x9e3779b97f4a7c15L;

  /// Checks the settings.
  ///
  /// @throws IllegalArgumentException if there are no resamples or the confidence is not inside (0,
  ///   1)
  public PairedBootstrap {
    if (resamples < 1 || !(confidence > 0 && confidence < 1)) {
      throw new IllegalArgumentException(
          "a bootstrap needs at least 1 resample and a confidence between 0 and 1, got %d and %s"
              .formatted(resamples, confidence));
    }
  }

  /// 1,000 draws and a 95 % interval.
  public static PairedBootstrap withSeed(long seed) {
    return new PairedBootstrap(DEFAULT_RESAMPLES, DEFAULT_CONFIDENCE, seed);
  }

  /// The outcome.
  ///
  /// @param baseline the metric of the baseline on all examples
  /// @param candidate the metric of the candidate on all examples
  /// @param improvement how much better the candidate is, positive for better whichever way the
  ///   metric points
  /// @param low lower end of the interval for the improvement; NaN when there is none
  /// @param high upper end
  /// @param undefined draws on which a metric was undefined (one class only, say); they are left
  ///   out, and when they are more than half there is no interval
  public record Comparison(
      double baseline,
      double candidate,
      double improvement,
      double low,
      double high,
      int undefined) {

    /// What the interval says about the candidate. An interval that touches zero is no difference.
    public Verdict verdict() {
      if (low > 0) {
        return Verdict.HELPED;
      }
      return high < 0 ? Verdict.HURT : Verdict.NO_DIFFERENCE;
    }
  }

  /// Compares a candidate with a baseline.
  ///
  /// @param examples how many validation examples both were measured on
  /// @param baseline the metric of the model to beat
  /// @param candidate the same metric of the other model on the same examples in the same order
  /// @param higherIsBetter whether a larger metric is a better model
  /// @throws IllegalArgumentException if there are no examples or a metric is of another number of
  ///   them
  public Comparison compare(
      int examples, ResampledMetric baseline, ResampledMetric candidate, boolean higherIsBetter) {
    if (examples < 1) {
      throw new IllegalArgumentException(
          "cannot compare two models on " + examples + " examples; give at least one");
    }
    double sign = higherIsBetter ? 1 : -1;
    int[] times = new int[examples];
    Arrays.fill(times, 1);
    double baselineValue = baseline.on(times);
    double candidateValue = candidate.on(times);
    double[] improvements = new double[resamples];
    int defined = 0;
    for (int r = 0; r < resamples; r++) {
      draw(r, times);
      double improvement = sign * (candidate.on(times) - baseline.on(times));
      if (!Double.isNaN(improvement)) {
        improvements[defined++] = improvement;
      }
    }
    double improvement = sign * (candidateValue - baselineValue);
    double low = Double.NaN;
    double high = Double.NaN;
    if (2L * defined >= resamples && !Double.isNaN(improvement)) {
      Arrays.sort(improvements, 0, defined);
      low = percentile(improvements, defined, (1 - confidence) / 2);
      high = percentile(improvements, defined, (1 + confidence) / 2);
    }
    return new Comparison(
        baselineValue, candidateValue, improvement, low, high, resamples - defined);
  }

  /// Draw number `r`: as many examples as there are, with replacement. It depends on the seed and
  /// `r` alone; the numbers are SplitMix64's (Steele, Lea, Flood 2014), spelled out so that no JDK
  /// changes them.
  private void draw(int r, int[] times) {
    Arrays.fill(times, 0);
    long state = mix(mix(seed) + (r + 1) * GOLDEN);
    for (int i = 0; i < times.length; i++) {
      state += GOLDEN;
      // the high half of the product is uniform on [0, n) but for 2^-64 n
      times[(int) Math.unsignedMultiplyHigh(mix(state), times.length)]++;
    }
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  /// Linear interpolation between order statistics (type 7 of Hyndman, Fan 1996).
  private static double percentile(double[] sorted, int count, double p) {
    double place = p * (count - 1);
    int below = (int) place;
    int above = Math.min(below + 1, count - 1);
    double weight = place - below;
    // equal neighbours are returned as they are: interpolating would round
    return sorted[below] == sorted[above]
        ? sorted[below]
        : sorted[below] + weight * (sorted[above] - sorted[below]);
  }
}
