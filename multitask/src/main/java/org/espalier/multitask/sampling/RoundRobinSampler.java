package org.espalier.multitask.sampling;

import java.util.Arrays;

/// Each task in turn: equal shares, whatever the sizes.
public final class RoundRobinSampler implements TaskSampler {
  private final int tasks;
  private long position;

  /// Makes a sampler over this many tasks.
  ///
  /// @throws IllegalArgumentException when there is none
  public RoundRobinSampler(int tasks) {
    if (tasks < 1) {
      throw new IllegalArgumentException("a sampler needs at least one task");
    }
    this.tasks = tasks;
  }

  @Override
  public String name() {
    return "round-robin";
  }

  @Override
  public int next() {
    return (int) (position++ % tasks);
  }

  @Override
  public double[] shares() {
    double[] s = new double[tasks];
    Arrays.fill(s, 1.0 / tasks);
    return s;
  }

  @Override
  public void reset() {
    position = 0;
  }

  @Override
  public long position() {
    return position;
  }
}
