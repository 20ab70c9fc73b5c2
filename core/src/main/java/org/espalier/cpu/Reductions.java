package org.espalier.cpu;

import java.util.Arrays;
import org.espalier.spi.HeapStorage;
import org.espalier.spi.ReduceKernel;
import org.espalier.spi.View;

/// Sums, products and extremes of f32 elements along axes.
///
/// What is added in which order follows from the shapes alone. With at least 8 elements inside the
/// last reduced axis, a sum goes down columns: in blocks of 64 rows, each ascending, and the blocks
/// are added in order. Otherwise it goes along rows: up to 4096 elements on the 16 lanes of
/// `RowKernels`, more in double by `LongSums`. Products are on 16 lanes in double. Each of these
/// has loops for the usual ways in which elements lie; others gather first.
final class Reductions {
  private static final int LONG = 4096;
  private static final int BLOCK = 64;
  private static final int STRIPE = 128;
  private static final int LANES = 16;
  private static final int COLUMNS = 8;

  private final ReduceKernel kernel;
  private final float[] x;
  private final HeapStorage out;
  private final Reduction plan;

  private Reductions(ReduceKernel kernel, View in, View out) {
    this.kernel = kernel;
    x = in.floats();
    this.out = out.heap();
    plan = new Reduction(in, out);
  }

  /// Reduces the axes where `out` has size 1 and `x` has not.
  static void run(ReduceKernel kernel, View x, View out) {
    Reductions r = new Reductions(kernel, x, out);
    Reduction plan = r.plan;
    if (plan.results() == 0) {
      return;
    }
    boolean sum = kernel == ReduceKernel.SUM;
    boolean extreme = kernel == ReduceKernel.MAX || kernel == ReduceKernel.MIN;
    if ((sum || extreme) && plan.inside.count() >= COLUMNS && plan.reduced.count() > 0) {
      r.columns(plan.outside, plan.inside, sum ? Way.BLOCKS : Way.EXTREMES);
    } else if (((sum && plan.reduced.count() <= LONG) || extreme) && r.rowsStandUpright()) {
      r.columns(plan.inside, plan.outside, sum ? Way.LANES : Way.EXTREMES);
    } else {
      r.rows();
    }
  }

  /// Tells whether the results of a reduction along rows are neighbours in memory and the elements
  /// of a row are not: a transposed matrix.
  private boolean rowsStandUpright() {
    return plan.inside.count() == 1
        && plan.outside.count() >= COLUMNS
        && plan.outside.isRun()
        && !plan.reduced.isRun();
  }

  // ---- along rows

  private void rows() {
    int n = plan.reduced.count();
    boolean adjacent = plan.reduced.isRun();
    Ranges.run(
        plan.results(),
        n,
        (from, to) -> {
          float[] row = adjacent ? x : Scratch.row(n);
          for (int i = from; i < to; i++) {
            int at = plan.at(i);
            if (!adjacent) {
              for (int j = 0; j < n; j++) {
                row[j] = x[at + plan.reduced.at(j)];
              }
              at = 0;
            }
            store(plan.outAt(i), row, at, n);
          }
        });
  }

  private void store(int to, float[] row, int at, int n) {
    switch (kernel) {
      case SUM ->
          out.setDouble(to, n <= LONG ? Rows.KERNELS.sum(row, at, n) : LongSums.sum(row, at, n));
      case PROD -> out.setDouble(to, product(row, at, n));
      case MAX -> out.setDouble(to, Rows.KERNELS.max(row, at, n));
      case MIN -> out.setDouble(to, Rows.KERNELS.min(row, at, n));
      case ARG_MAX -> out.setLong(to, first(row, at, n, Rows.KERNELS.max(row, at, n)));
      case ARG_MIN -> out.setLong(to, first(row, at, n, Rows.KERNELS.min(row, at, n)));
    }
  }

  /// Returns the first place of a value.
  private static int first(float[] row, int at, int n, float value) {
    boolean nan = Float.isNaN(value);
    for (int i = 0; i < n; i++) {
      if (row[at + i] == value || (nan && Float.isNaN(row[at + i]))) {
        return i;
      }
    }
    return 0;
  }

  /// Multiplies on 16 lanes in double, where no partial product of f32 numbers leaves the range
  /// before the whole does (but for a few rows of extreme numbers), then in the tree of sums.
  private static float product(float[] row, int at, int n) {
    double[] lanes = new double[LANES];
    Arrays.fill(lanes, 1);
    int i = 0;
    for (; i + LANES <= n; i += LANES) {
      for (int j = 0; j < LANES; j++) {
        lanes[j] *= row[at + i + j];
      }
    }
    for (int j = 0; i < n; i++, j++) {
      lanes[j] *= row[at + i];
    }
    for (int half = LANES / 2; half > 0; half /= 2) {
      for (int j = 0; j < half; j++) {
        lanes[j] *= lanes[j + half];
      }
    }
    return (float) lanes[0];
  }

  // ---- down columns

  /// What happens to the rows of a stripe of columns.
  private enum Way {
    BLOCKS,
    LANES,
    EXTREMES
  }

  /// Reduces stripes of neighbouring results, row by row.
  private void columns(Axes outer, Axes inner, Way way) {
    int stripes = Math.ceilDiv(inner.count(), STRIPE);
    int rows = plan.reduced.count();
    Ranges.run(
        outer.count() * stripes,
        (long) rows * Math.min(inner.count(), STRIPE),
        (from, to) -> {
          float[] memory = Scratch.row((LANES + 2) * STRIPE);
          for (int unit = from; unit < to; unit++) {
            int j = unit % stripes * STRIPE;
            int n = Math.min(STRIPE, inner.count() - j);
            int at = plan.offset + outer.at(unit / stripes);
            stripe(inner, way, at, j, n, memory);
            int yo = plan.outOffset + outer.outAt(unit / stripes);
            for (int i = 0; i < n; i++) {
              out.setDouble(yo + inner.outAt(j + i), memory[i]);
            }
          }
        });
  }

  /// Leaves the results of columns `[j, j + n)` in `memory[0 .. n)`.
  private void stripe(Axes inner, Way way, int at, int j, int n, float[] memory) {
    boolean adjacent = inner.isRun();
    int gathered = (LANES + 1) * STRIPE;
    int rows = plan.reduced.count();
    Arrays.fill(memory, 0, way == Way.LANES ? LANES * STRIPE : STRIPE, start(way));
    if (way == Way.BLOCKS) {
      Arrays.fill(memory, STRIPE, 2 * STRIPE, 0);
    }
    for (int r = 0; r < rows; r++) {
      int row = at + plan.reduced.at(r);
      float[] source = x;
      if (adjacent) {
        row += j;
      } else {
        for (int i = 0; i < n; i++) {
          memory[gathered + i] = x[row + inner.at(j + i)];
        }
        source = memory;
        row = gathered;
      }
      switch (way) {
        case BLOCKS -> {
          Rows.add(source, row, memory, STRIPE, n);
          if ((r + 1) % BLOCK == 0 || r + 1 == rows) {
            Rows.add(memory, STRIPE, memory, 0, n);
            Arrays.fill(memory, STRIPE, 2 * STRIPE, 0);
          }
        }
        case LANES -> Rows.add(source, row, memory, r % LANES * STRIPE, n);
        case EXTREMES -> extreme(source, row, memory, n);
      }
    }
    for (int half = LANES / 2; way == Way.LANES && half > 0; half /= 2) {
      for (int lane = 0; lane < half; lane++) {
        Rows.add(memory, (lane + half) * STRIPE, memory, lane * STRIPE, n);
      }
    }
  }

  private float start(Way way) {
    if (way != Way.EXTREMES) {
      return 0;
    }
    return kernel == ReduceKernel.MAX ? Float.NEGATIVE_INFINITY : Float.POSITIVE_INFINITY;
  }

  private void extreme(float[] row, int at, float[] y, int n) {
    if (kernel == ReduceKernel.MAX) {
      for (int i = 0; i < n; i++) {
        y[i] = Math.max(y[i], row[at + i]);
      }
    } else {
      for (int i = 0; i < n; i++) {
        y[i] = Math.min(y[i], row[at + i]);
      }
    }
  }
}
