package org.espalier.multitask.sampling;

import java.util.Arrays;
import org.espalier.random.RandomStream;

/// Tasks with probability `p_i ~ n_i^exponent`: between proportional (1) and uniform (0).
///
/// Often written with a temperature `T = 1 / exponent` (Raffel et al. 2020); [#ofTemperature]
/// converts. With the usual exponent 0.75, sizes of 100,000, 10,000 and 1,000 get 83, 15 and 3
/// percent of the steps.
public final class TemperatureSampler implements TaskSampler {
  /// The exponent when nothing else is asked for.
  public static final double DEFAULT_EXPONENT = 0.75;

  private final double[] shares;
  private final long seed;
  private RandomStream random;
  private long position;

  /// Makes a sampler over tasks of these sizes.
  ///
  /// @param exponent from 0 (uniform) to 1 (proportional)
  /// @throws IllegalArgumentException when a size is not positive or the exponent is not in `[0,
  ///   1]`
  public TemperatureSampler(int[] sizes, double exponent, long seed) {
    if (sizes.length == 0 || Arrays.stream(sizes).anyMatch(n -> n < 1)) {
      throw new IllegalArgumentException(
          "every task needs at least one example, found " + Arrays.toString(sizes));
    }
    if (!(exponent >= 0 && exponent <= 1)) {
      throw new IllegalArgumentException("exponent " + exponent + " is not in [0, 1]");
    }
    double[] p = Arrays.stream(sizes).mapToDouble(n -> Math.pow(n, exponent)).toArray();
    double total = Arrays.stream(p).sum();
    this.shares = Arrays.stream(p).map(x -> x / total).toArray();
    this.seed = seed;
    this.random = new RandomStream(seed, 0);
  }

  /// Makes a sampler by temperature, `p_i ~ n_i^(1/T)`.
  ///
  /// @throws IllegalArgumentException when the temperature is below 1
  public static TemperatureSampler ofTemperature(int[] sizes, double temperature, long seed) {
    return new TemperatureSampler(sizes, 1 / temperature, seed);
  }

  @Override
  public String name() {
    return "temperature";
  }

  @Override
  public int next() {
    double u = random.nextDouble();
    int task = 0;
    while (task < shares.length - 1 && u >= shares[task]) {
      u -= shares[task++];
    }
    position++;
    return task;
  }

  @Override
  public double[] shares() {
    return shares.clone();
  }

  @Override
  public void reset() {
    random = new RandomStream(seed, 0);
    position = 0;
  }

  @Override
  public long position() {
    return position;
  }
}
