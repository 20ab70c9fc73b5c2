package org.espalier.cpu;

import org.espalier.spi.FusedKernel;

/// Rotary position embedding (Su et al. 2021) of contiguous rows. Plain loops: each output is two
/// products and a sum of its own, rounded one by one, so that however the compiler vectorises them
/// the bits are the same.
final class RotaryRows {
  private RotaryRows() {}

  static void run(FusedKernel.Rotary kernel) {
    int half = kernel.cos().shape().size(1);
    int rows = kernel.positions().elements();
    int columns = kernel.x().shape().size(1);
    int[] positions = kernel.positions().ints();
    int po = kernel.positions().offset();
    RowTables.check("rotary", positions, po, 1, rows, kernel.cos().shape().size(0));
    float[] x = kernel.x().floats();
    int xo = kernel.x().offset();
    float[] y = kernel.y().floats();
    int yo = kernel.y().offset();
    float[] cos = kernel.cos().floats();
    int co = kernel.cos().offset();
    float[] sin = kernel.sin().floats();
    int so = kernel.sin().offset();
    float sign = kernel.inverse() ? -1 : 1;
    boolean interleaved = kernel.interleaved();
    Ranges.run(
        rows,
        columns,
        (from, to) -> {
          for (int r = from; r < to; r++) {
            int angle = positions[po + r] * half;
            for (int head = r * columns; head < (r + 1) * columns; head += 2 * half) {
              if (interleaved) {
                neighbours(
                    x, xo + head, y, yo + head, cos, co + angle, sin, so + angle, sign, half);
              } else {
                halves(x, xo + head, y, yo + head, cos, co + angle, sin, so + angle, sign, half);
              }
            }
          }
        });
  }

  private static void neighbours(
      float[] x,
      int xo,
      float[] y,
      int yo,
      float[] cos,
      int co,
      float[] sin,
      int so,
      float sign,
      int half) {
    for (int j = 0; j < half; j++) {
      float a = x[xo + 2 * j];
      float b = x[xo + 2 * j + 1];
      float c = cos[co + j];
      float s = sin[so + j] * sign;
      y[yo + 2 * j] = a * c - b * s;
      y[yo + 2 * j + 1] = a * s + b * c;
    }
  }

  private static void halves(
      float[] x,
      int xo,
      float[] y,
      int yo,
      float[] cos,
      int co,
      float[] sin,
      int so,
      float sign,
      int half) {
    for (int j = 0; j < half; j++) {
      float a = x[xo + j];
      float b = x[xo + half + j];
      float c = cos[co + j];
      float s = sin[so + j] * sign;
      y[yo + j] = a * c - b * s;
      y[yo + half + j] = a * s + b * c;
    }
  }
}
