package org.espalier.cpu;

import org.espalier.spi.HeapStorage;
import org.espalier.spi.ReduceKernel;
import org.espalier.spi.View;

/// Sums and extremes of f32 elements along axes.
///
/// A row of up to 4096 elements is summed on the 16 lanes of `RowKernels`, a longer one in double
/// by `LongSums`. Sums down columns go in blocks of 64 rows, each ascending, and the blocks are
/// added in order. Other strides are gathered into a row.
final class Reductions {
  private static final int LONG = 4096;
  private static final int BLOCK = 64;
  private static final int STRIPE = 128;

  private final ReduceKernel kernel;
  private final float[] x;
  private final HeapStorage out;
  private final int xOffset;
  private final int outOffset;
  private final Axes kept;
  private final Axes reduced;

  /// Some axes of a view, joined where they lie behind each other; the last is the innermost.
  private static final class Axes {
    private final int[] sizes;
    private final int[] steps;
    private final int[] outSteps;
    private int rank;
    private int count = 1;

    Axes(int rank) {
      sizes = new int[rank];
      steps = new int[rank];
      outSteps = new int[rank];
    }

    void add(int size, int step, int outStep) {
      count *= size;
      if (rank > 0 && steps[rank - 1] == step * size && outSteps[rank - 1] == outStep * size) {
        sizes[rank - 1] *= size;
        steps[rank - 1] = step;
        outSteps[rank - 1] = outStep;
      } else {
        sizes[rank] = size;
        steps[rank] = step;
        outSteps[rank++] = outStep;
      }
    }

    int at(int index, int[] by, int inward) {
      int at = 0;
      for (int axis = rank - 1 - inward, left = index; axis >= 0; axis--) {
        at += left % sizes[axis] * by[axis];
        left /= sizes[axis];
      }
      return at;
    }
  }

  private Reductions(ReduceKernel kernel, View in, View out) {
    this.kernel = kernel;
    x = in.floats();
    this.out = out.heap();
    xOffset = in.offset();
    outOffset = out.offset();
    int rank = in.shape().rank();
    kept = new Axes(rank);
    reduced = new Axes(rank);
    for (int axis = 0; axis < rank; axis++) {
      int size = in.shape().size(axis);
      if (size == out.shape().size(axis)) {
        if (size != 1) {
          kept.add(size, in.layout().stride(axis), out.layout().stride(axis));
        }
      } else {
        reduced.add(size, in.layout().stride(axis), 0);
      }
    }
  }

  /// Reduces the axes where `out` has size 1 and `x` has not.
  static void run(ReduceKernel kernel, View x, View out) {
    Reductions r = new Reductions(kernel, x, out);
    if (r.kept.count == 0) {
      return;
    }
    boolean inRows = r.reduced.rank == 0 || (r.reduced.rank == 1 && r.reduced.steps[0] == 1);
    int last = r.kept.rank - 1;
    boolean inColumns =
        !inRows
            && kernel != ReduceKernel.ARG_MAX
            && r.reduced.rank == 1
            && last >= 0
            && r.kept.steps[last] == 1
            && r.kept.outSteps[last] == 1
            && r.kept.sizes[last] >= 8;
    if (inColumns) {
      r.columns(out.floats());
    } else {
      r.rows(inRows);
    }
  }

  private void rows(boolean adjacent) {
    int n = reduced.count;
    Ranges.run(
        kept.count,
        n,
        (from, to) -> {
          float[] row = adjacent ? x : Scratch.row(n);
          for (int i = from; i < to; i++) {
            int at = xOffset + kept.at(i, kept.steps, 0);
            if (!adjacent) {
              for (int j = 0; j < n; j++) {
                row[j] = x[at + reduced.at(j, reduced.steps, 0)];
              }
              at = 0;
            }
            store(outOffset + kept.at(i, kept.outSteps, 0), row, at, n);
          }
        });
  }

  private void store(int to, float[] row, int at, int n) {
    switch (kernel) {
      case SUM ->
          out.setDouble(to, n <= LONG ? Rows.KERNELS.sum(row, at, n) : LongSums.sum(row, at, n));
      case MAX -> out.setDouble(to, Rows.KERNELS.max(row, at, n));
      case MIN -> out.setDouble(to, Rows.KERNELS.min(row, at, n));
      case ARG_MAX -> out.setLong(to, argMax(row, at, n));
    }
  }

  private static int argMax(float[] row, int at, int n) {
    float max = Rows.KERNELS.max(row, at, n);
    boolean nan = Float.isNaN(max);
    for (int i = 0; i < n; i++) {
      if (row[at + i] == max || (nan && Float.isNaN(row[at + i]))) {
        return i;
      }
    }
    return 0;
  }

  private void columns(float[] y) {
    int last = kept.rank - 1;
    int width = kept.sizes[last];
    int stripes = Math.ceilDiv(width, STRIPE);
    int rows = reduced.count;
    int step = reduced.steps[0];
    Ranges.run(
        kept.count / width * stripes,
        (long) rows * Math.min(width, STRIPE),
        (from, to) -> {
          float[] block = Scratch.row(STRIPE);
          for (int unit = from; unit < to; unit++) {
            int j = unit % stripes * STRIPE;
            int n = Math.min(STRIPE, width - j);
            int at = xOffset + kept.at(unit / stripes, kept.steps, 1) + j;
            int yo = outOffset + kept.at(unit / stripes, kept.outSteps, 1) + j;
            if (kernel == ReduceKernel.SUM) {
              sumColumns(at, rows, step, block, y, yo, n);
            } else {
              extremeColumns(at, rows, step, y, yo, n);
            }
          }
        });
  }

  private void sumColumns(int at, int rows, int step, float[] block, float[] y, int yo, int n) {
    java.util.Arrays.fill(y, yo, yo + n, 0);
    for (int first = 0; first < rows; first += BLOCK) {
      int end = Math.min(rows, first + BLOCK);
      java.util.Arrays.fill(block, 0, n, 0);
      for (int r = first; r < end; r++) {
        Rows.add(x, at + r * step, block, 0, n);
      }
      Rows.add(block, 0, y, yo, n);
    }
  }

  private void extremeColumns(int at, int rows, int step, float[] y, int yo, int n) {
    boolean max = kernel == ReduceKernel.MAX;
    float worst = max ? Float.NEGATIVE_INFINITY : Float.POSITIVE_INFINITY;
    java.util.Arrays.fill(y, yo, yo + n, worst);
    for (int r = 0; r < rows; r++) {
      int row = at + r * step;
      if (max) {
        for (int i = 0; i < n; i++) {
          y[yo + i] = Math.max(y[yo + i], x[row + i]);
        }
      } else {
        for (int i = 0; i < n; i++) {
          y[yo + i] = Math.min(y[yo + i], x[row + i]);
        }
      }
    }
  }
}
