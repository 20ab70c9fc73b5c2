package org.espalier.cpu;

/// The row kernels of this machine, chosen once.
final class Rows {
  /// A constant of one class, so that the compilers call and inline it directly.
  static final RowKernels KERNELS = Simd.BITS == 0 ? new ScalarRows() : new VectorRows();

  private Rows() {}
}
