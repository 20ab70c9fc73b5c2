package org.espalier.cuda;

import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.spi.FusedKernel.Dot;
import org.espalier.spi.Layout;
import org.espalier.spi.ReduceKernel;
import org.espalier.spi.View;

/// Inner products in double: `dot.cu`, then a sum over its chunks.
final class Dots {
  private static final int CHUNK = 4096;

  private final CudaDevice device;
  private final Copies copies;
  private final Reductions reductions;
  private final Kernel single;
  private final Kernel twice;

  /// Names the kernels of a device.
  Dots(CudaDevice device, Copies copies, Reductions reductions) {
    this.device = device;
    this.copies = copies;
    this.reductions = reductions;
    single = device.kernel("dot", "dot_f32");
    twice = device.kernel("dot", "dot_f64");
  }

  /// `out = sum of a[i] * b[i]`.
  void run(Dot kernel) {
    View a = kernel.a();
    int n = a.elements();
    if (n == 0) {
      copies.fill(kernel.out(), 0);
      return;
    }
    int chunks = Math.ceilDiv(n, CHUNK);
    View sums = device.scratch(DType.F64, chunks);
    try {
      (a.dtype() == DType.F64 ? twice : single)
          .grid(chunks, Launch.THREADS)
          .i32(n)
          .i32(CHUNK)
          .view(a)
          .view(kernel.b())
          .view(sums)
          .run();
      View one = kernel.out().with(Layout.contiguous(Shape.of(1), kernel.out().offset()));
      reductions.reduce(ReduceKernel.SUM, sums, one);
    } finally {
      sums.storage().release();
    }
  }
}
