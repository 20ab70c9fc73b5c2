package org.espalier.op;

import java.util.Arrays;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.autograd.Gradient;
import org.espalier.engine.HostCopy;
import org.espalier.engine.Recordings;
import org.espalier.spi.FusedKernel;
import org.espalier.spi.IntStorage;
import org.espalier.spi.View;

/// The gradient of a table from the gradient of its rows that were looked up, where a device sums
/// those of one row by itself: not an op, but what embeddings and their accumulation share.
///
/// The host need not know which rows there are, so nothing is read or copied, and the shapes depend
/// on the number of look-ups alone: a step with it can be recorded. What it costs are places for
/// rows that come again.
public final class SumByIndex {
  private SumByIndex() {}

  /// Tells whether the device of a gradient has a kernel for it.
  public static boolean isFor(Tensor dy) {
    return Kernels.supports(dy, FusedKernel.SumByIndex.class);
  }

  /// Returns the row-sparse gradient of a table of shape `table`.
  ///
  /// @param dy `[n, dim...]`
  /// @param indices I32 `[n]`
  public static Gradient.RowSparse apply(Tensor dy, Tensor indices, Shape table) {
    View ids = Kernels.view(indices.contiguous());
    Tensor rows = Kernels.empty(indices, indices.shape());
    Tensor values = Kernels.empty(dy, dy.shape());
    Kernels.backend(dy)
        .run(
            new FusedKernel.SumByIndex(
                Kernels.view(dy.contiguous()), ids, Kernels.view(rows), Kernels.view(values)));
    View known = Recordings.isOn(indices.device()) ? null : HostCopy.of(ids);
    if (known != null) { // so that nobody has to ask the device
      int[] sorted = new int[known.elements()];
      for (int i = 0; i < sorted.length; i++) {
        sorted[i] = (int) known.heap().getLong(known.offset() + i);
      }
      Arrays.sort(sorted);
      HostCopy.keep(new IntStorage(sorted, sorted.length, null), Kernels.view(rows));
    }
    return new Gradient.RowSparse(rows, values, table);
  }
}
