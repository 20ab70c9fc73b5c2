package org.espalier.multitask.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

final class TaskSamplerTest {
  private static int[] counts(TaskSampler sampler, int tasks, int draws) {
    int[] n = new int[tasks];
    for (int i = 0; i < draws; i++) {
      n[sampler.next()]++;
    }
    return n;
  }

  @Test
  void proportionalDealsEveryBatchExactlyOnceInAnEpoch() {
    var sampler = new ProportionalSampler(new int[] {7, 1, 4}, 3);
    for (int epoch = 0; epoch < 5; epoch++) {
      assertArrayEquals(new int[] {7, 1, 4}, counts(sampler, 3, 12));
    }
  }

  @Test
  void proportionalSharesAreThoseOfTheSizes() {
    assertArrayEquals(
        new double[] {0.9009009, 0.0900901, 0.0090090},
        new ProportionalSampler(new int[] {100_000, 10_000, 1_000}, 1).shares(),
        1e-7);
  }

  @Test
  void temperatureSharesAreThePublishedOnes() {
    int[] sizes = {100_000, 10_000, 1_000};
    double[] expected = {.82682162, .14703199, .0261464};
    assertArrayEquals(expected, new TemperatureSampler(sizes, 0.75, 1).shares(), 1e-7);
    assertArrayEquals(expected, TemperatureSampler.ofTemperature(sizes, 4.0 / 3, 1).shares(), 1e-7);
  }

  @Test
  void temperatureDrawsCloseToItsShares() {
    long seed = 11;
    var sampler = new TemperatureSampler(new int[] {900, 100}, 0.5, seed);
    int draws = 20_000;
    double share = (double) counts(sampler, 2, draws)[0] / draws;
    // binomial deviation 0.0031
    assertEquals(0.75, share, 0.0125, "seed " + seed);
  }

  @Test
  void temperatureZeroIsUniformAndOneIsProportional() {
    assertArrayEquals(
        new double[] {0.5, 0.5}, new TemperatureSampler(new int[] {9, 1}, 0, 1).shares());
    assertArrayEquals(
        new double[] {0.9, 0.1}, new TemperatureSampler(new int[] {9, 1}, 1, 1).shares(), 1e-15);
  }

  @Test
  void roundRobinTakesTasksInTurn() {
    var sampler = new RoundRobinSampler(3);
    assertEquals(
        List.of(0, 1, 2, 0),
        List.of(sampler.next(), sampler.next(), sampler.next(), sampler.next()));
  }

  @Test
  void everySamplerRepeatsAfterResetAndContinuesAfterSkip() {
    for (TaskSampler s :
        List.of(
            new RoundRobinSampler(3),
            new ProportionalSampler(new int[] {5, 3, 2}, 9),
            new TemperatureSampler(new int[] {5, 3, 2}, 0.75, 9))) {
      int[] first = new int[37];
      for (int i = 0; i < first.length; i++) {
        first[i] = s.next();
      }
      s.reset();
      for (int i = 0; i < first.length; i++) {
        assertEquals(first[i], s.next(), s.name());
      }
      s.skipTo(20);
      assertEquals(first[20], s.next(), s.name());
      assertEquals(21, s.position(), s.name());
    }
  }

  @Test
  void refusesWhatMakesNoSense() {
    assertThrows(IllegalArgumentException.class, () -> new RoundRobinSampler(0));
    assertThrows(IllegalArgumentException.class, () -> new ProportionalSampler(new int[0], 1));
    assertThrows(IllegalArgumentException.class, () -> new ProportionalSampler(new int[] {0}, 1));
    assertThrows(
        IllegalArgumentException.class, () -> new TemperatureSampler(new int[] {1}, 1.5, 1));
    assertThrows(
        IllegalArgumentException.class, () -> new TemperatureSampler(new int[] {1}, Double.NaN, 1));
  }
}
