package org.espalier.cpu;

import org.espalier.spi.BinaryKernel;

/// The row kernels of this machine, chosen once.
final class Rows {
  /// A constant of one class, so that the compilers call and inline it directly.
  static final RowKernels KERNELS = Simd.BITS == 0 ? new ScalarRows() : new VectorRows();

  private Rows() {}

  /// `y += x`.
  static void add(float[] x, int xo, float[] y, int yo, int n) {
    KERNELS.binary(BinaryKernel.ADD, y, yo, x, xo, y, yo, n);
  }
}
