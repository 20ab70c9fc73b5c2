package org.espalier.multitask.sampling;

import java.util.Arrays;
import org.espalier.random.RandomStream;

/// Tasks in proportion to their batches, drawn without replacement: in each epoch every batch of
/// every task comes exactly once, in random order.
///
/// It does *not* protect small tasks: sizes of 100,000, 10,000 and 1,000 get 90, 9 and 1 percent of
/// the steps. See [TemperatureSampler].
public final class ProportionalSampler implements TaskSampler {
  private final int[] batches;
  private final long seed;
  private final int[] left;
  private int remaining;
  private RandomStream random;
  private long position;

  /// Makes a sampler over tasks with these numbers of batches in an epoch.
  ///
  /// @throws IllegalArgumentException when a task has none
  public ProportionalSampler(int[] batches, long seed) {
    if (batches.length == 0 || Arrays.stream(batches).anyMatch(n -> n < 1)) {
      throw new IllegalArgumentException(
          "every task needs at least one batch, found " + Arrays.toString(batches));
    }
    this.batches = batches.clone();
    this.seed = seed;
    this.left = batches.clone();
    this.remaining = Arrays.stream(batches).sum();
    this.random = new RandomStream(seed, 0);
  }

  @Override
  public String name() {
    return "proportional";
  }

  @Override
  public int next() {
    if (remaining == 0) {
      System.arraycopy(batches, 0, left, 0, left.length);
      remaining = Arrays.stream(batches).sum();
    }
    int ticket = random.nextInt(remaining);
    int task = 0;
    while (ticket >= left[task]) {
      ticket -= left[task++];
    }
    left[task]--;
    remaining--;
    position++;
    return task;
  }

  @Override
  public double[] shares() {
    double total = Arrays.stream(batches).sum();
    return Arrays.stream(batches).mapToDouble(n -> n / total).toArray();
  }

  @Override
  public void reset() {
    System.arraycopy(batches, 0, left, 0, left.length);
    remaining = Arrays.stream(batches).sum();
    random = new RandomStream(seed, 0);
    position = 0;
  }

  @Override
  public long position() {
    return position;
  }
}
