package org.espalier.benchmarks;

import org.espalier.Tensor;
import org.espalier.random.RandomStream;

/// Makes operands: the same ones in every run.
public final class Fill {
  private Fill() {}

  /// Returns numbers between -1 and 1.
  public static Tensor numbers(long stream, int... shape) {
    RandomStream random = new RandomStream(1, stream);
    int n = 1;
    for (int size : shape) {
      n *= size;
    }
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = random.nextInt(1 << 20) / (float) (1 << 19) - 1;
    }
    return Tensor.of(values, shape);
  }

  /// Returns whole numbers below a bound.
  public static int[] ids(long stream, int count, int bound) {
    RandomStream random = new RandomStream(2, stream);
    int[] ids = new int[count];
    for (int i = 0; i < count; i++) {
      ids[i] = random.nextInt(bound);
    }
    return ids;
  }
}
