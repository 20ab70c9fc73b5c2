package org.espalier.multitask.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class PairedBootstrapTest {
  private static double[] coins(Random random, int n, double p) {
    return IntStream.range(0, n).mapToDouble(i -> random.nextDouble() < p ? 1 : 0).toArray();
  }

  @Test
  void findsNoDifferenceOfZeroWidthBetweenIdenticalModels() {
    var random = new Random(1);
    double[] targets = random.doubles(200).toArray();
    double[] predicted = random.doubles(200).toArray();
    var same =
        PairedBootstrap.withSeed(3)
            .compare(
                200,
                ResampledMetric.r2(targets, predicted),
                ResampledMetric.r2(targets, predicted.clone()),
                true);
    assertEquals(0, same.low());
    assertEquals(0, same.high());
    assertEquals(0, same.improvement());
    assertEquals(Verdict.NO_DIFFERENCE, same.verdict());
  }

  @Test
  void givesTheSameIntervalForTheSameSeedAndAnotherForAnother() {
    var random = new Random(2);
    var a = ResampledMetric.mean(coins(random, 300, 0.6));
    var b = ResampledMetric.mean(coins(random, 300, 0.7));
    var first = PairedBootstrap.withSeed(5).compare(300, a, b, true);
    assertEquals(first, PairedBootstrap.withSeed(5).compare(300, a, b, true));
    assertNotEquals(first.low(), PairedBootstrap.withSeed(6).compare(300, a, b, true).low());
  }

  @Test
  void agreesWithTheNormalIntervalForAMeanOfManyDifferences() {
    long seed = 4;
    var random = new Random(seed);
    int n = 2000;
    double[] a = random.doubles(n).toArray();
    double[] b = random.doubles(n).toArray();
    double mean = 0;
    double squares = 0;
    for (int i = 0; i < n; i++) {
      mean += (b[i] - a[i]) / n;
      squares += (b[i] - a[i]) * (b[i] - a[i]) / n;
    }
    double halfWidth = 1.959964 * Math.sqrt((squares - mean * mean) / n);
    var comparison =
        new PairedBootstrap(4000, 0.95, 9)
            .compare(n, ResampledMetric.mean(a), ResampledMetric.mean(b), true);
    assertEquals(mean, comparison.improvement(), 1e-12);
    // the quantile's own noise with 4,000 draws is 1.5 % of the width
    assertEquals(mean - halfWidth, comparison.low(), 0.1 * halfWidth, "seed " + seed);
    assertEquals(mean + halfWidth, comparison.high(), 0.1 * halfWidth, "seed " + seed);
  }

  @Test
  void coversTheTrueDifferenceAboutNineteenTimesInTwenty() {
    long seed = 10;
    var random = new Random(seed);
    int trials = 400;
    int covered = 0;
    int helped = 0;
    for (int t = 0; t < trials; t++) {
      var a = ResampledMetric.mean(coins(random, 200, 0.60));
      var b = ResampledMetric.mean(coins(random, 200, 0.70));
      var c = new PairedBootstrap(300, 0.95, t).compare(200, a, b, true);
      if (c.low() <= 0.1 && 0.1 <= c.high()) {
        covered++;
      }
      helped += c.verdict() == Verdict.HELPED ? 1 : 0;
    }
    // binomial deviation of the coverage over 400 trials: 1.1 %
    double coverage = (double) covered / trials;
    assertTrue(coverage > 0.91 && coverage < 0.985, "coverage " + coverage + ", seed " + seed);
    // power for a difference of 2.1 standard errors is 55 %
    assertTrue(helped > 0.45 * trials && helped < 0.65 * trials, helped + " helped, seed " + seed);
  }

  @Test
  void saysWhichWayAClearDifferenceGoes() {
    var bootstrap = PairedBootstrap.withSeed(1);
    double[] small = new Random(1).doubles(100).toArray();
    double[] large = new Random(2).doubles(100, 2, 3).toArray();
    var low = ResampledMetric.mean(small);
    var high = ResampledMetric.mean(large);
    assertEquals(Verdict.HELPED, bootstrap.compare(100, low, high, true).verdict());
    assertEquals(Verdict.HURT, bootstrap.compare(100, high, low, true).verdict());
    assertEquals(Verdict.HURT, bootstrap.compare(100, low, high, false).verdict());
    var fewerErrors = bootstrap.compare(100, high, low, false);
    assertEquals(Verdict.HELPED, fewerErrors.verdict());
    assertTrue(fewerErrors.improvement() > 0);
  }

  @Test
  void pairsTheExamplesSoThatSharedDifficultyCancels() {
    var random = new Random(8);
    double[] a = random.doubles(100, -50, 50).toArray();
    double[] b = new double[100];
    for (int i = 0; i < 100; i++) {
      b[i] = a[i] + 0.01 + 0.01 * random.nextDouble();
    }
    var c =
        PairedBootstrap.withSeed(1)
            .compare(100, ResampledMetric.mean(a), ResampledMetric.mean(b), true);
    assertEquals(Verdict.HELPED, c.verdict());
    assertTrue(c.low() > 0.01 && c.high() < 0.02, c.toString());
  }

  @Test
  void leavesOutDrawsOnWhichTheMetricIsUndefined() {
    boolean[] onePositive = {true, false, false, false};
    var a = ResampledMetric.rocAuc(onePositive, new double[] {1, 2, 3, 4});
    var b = ResampledMetric.rocAuc(onePositive, new double[] {4, 3, 2, 1});
    var c = PairedBootstrap.withSeed(1).compare(4, a, b, true);
    // the positive is missed with probability (3/4)^4 = 0.316; it alone is drawn 4 times: 0.004
    assertEquals(320, c.undefined(), 60);
    assertEquals(1, c.low());
    assertEquals(Verdict.HELPED, c.verdict());
  }

  @Test
  void hasNoIntervalWhenAModelDiverged() {
    var nan = ResampledMetric.mean(new double[] {Double.NaN, Double.NaN});
    var fine = ResampledMetric.mean(new double[] {1, 2});
    var c = PairedBootstrap.withSeed(1).compare(2, fine, nan, true);
    assertEquals(Double.NaN, c.low());
    assertEquals(1000, c.undefined());
    assertEquals(Verdict.NO_DIFFERENCE, c.verdict());
  }

  @Test
  void worksWithOneExample() {
    var c =
        PairedBootstrap.withSeed(1)
            .compare(
                1,
                ResampledMetric.mean(new double[] {1}),
                ResampledMetric.mean(new double[] {3}),
                true);
    assertEquals(2, c.low());
    assertEquals(2, c.high());
  }

  @Test
  void refusesSettingsThatMakeNoInterval() {
    assertThrows(IllegalArgumentException.class, () -> new PairedBootstrap(0, 0.95, 1));
    assertThrows(IllegalArgumentException.class, () -> new PairedBootstrap(10, 1, 1));
    assertThrows(IllegalArgumentException.class, () -> new PairedBootstrap(10, Double.NaN, 1));
    var metric = ResampledMetric.mean(new double[0]);
    assertThrows(
        IllegalArgumentException.class,
        () -> PairedBootstrap.withSeed(1).compare(0, metric, metric, true));
  }
}
