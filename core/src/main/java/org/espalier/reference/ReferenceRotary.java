package org.espalier.reference;

import org.espalier.spi.FusedKernel;

/// Rotary position embedding (Su et al. 2021).
final class ReferenceRotary {
  private ReferenceRotary() {}

  /// Turns each pair `(a, b)` of each head: `(a cos - b sin, a sin + b cos)`.
  static void forward(FusedKernel.Rotary kernel) {
    Cells x = new Cells(kernel.x());
    Cells positions = new Cells(kernel.positions());
    Cells cos = new Cells(kernel.cos());
    Cells sin = new Cells(kernel.sin());
    Cells y = new Cells(kernel.y());
    ReferenceIndexing.checkIndices("rotary", positions, cos.rows);
    int half = cos.columns;
    int apart = kernel.interleaved() ? 1 : half;
    for (int row = 0; row < x.rows; row++) {
      int angles = positions.getInt(row) * half;
      for (int head = row * x.columns; head < (row + 1) * x.columns; head += 2 * half) {
        for (int j = 0; j < half; j++) {
          int first = head + (kernel.interleaved() ? 2 * j : j);
          double a = x.get(first);
          double b = x.get(first + apart);
          double c = cos.get(angles + j);
          double s = kernel.inverse() ? -sin.get(angles + j) : sin.get(angles + j);
          y.set(first, a * c - b * s);
          y.set(first + apart, a * s + b * c);
        }
      }
    }
  }
}
