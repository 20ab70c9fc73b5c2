package org.espalier.cpu;

import java.util.Arrays;
import org.espalier.spi.BinaryKernel;
import org.espalier.spi.HeapStorage;
import org.espalier.spi.ReduceKernel;
import org.espalier.spi.View;

/// Sums, products and extremes of f32 elements along axes.
///
/// What is added in which order follows from which axes are reduced and their sizes alone. When the
/// innermost axis is kept, a sum goes down columns: in blocks of 64 rows, each ascending, and the
/// blocks are added in order. When it is reduced, the sum goes along rows: up to 4096 elements on
/// the 16 lanes of `RowKernels`, more in double by `LongRows`, which multiplies there too. Products
/// are on 16 lanes in double. Each of these has loops for the usual ways in which elements lie;
/// others gather first.
final class Reductions {
  private static final int LONG = BlockResults.BLOCK;
  private static final int BLOCK = 64;
  private static final int STRIPE = 128;
  private static final int LANES = 16;
  private static final int COLUMNS = 8;

  /// Stripes from which threads share these and not the rows.
  private static final int MANY_STRIPES = 16;

  /// Elements of the blocks whose results are held at once, which bounds the scratch memory.
  private static final int GROUP = 1 << 20;

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
    boolean down = (sum && plan.keepsInnermost) || (extreme && plan.inside.count() >= COLUMNS);
    if (down && plan.reduced.count() > 0) {
      r.down(sum ? Way.BLOCKS : Way.EXTREMES);
    } else if (((sum && plan.reduced.count() <= LONG) || extreme) && r.rowsStandUpright()) {
      r.columns(plan.inside, plan.outside, sum ? Way.LANES : Way.EXTREMES);
    } else if (plan.reduced.count() > LONG) {
      r.longRows();
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

  /// Threads share the results, and when there is but one its row.
  private void longRows() {
    Ranges.run(
        plan.results(),
        plan.reduced.count(),
        (from, to) -> {
          for (int i = from; i < to; i++) {
            double result = LongRows.reduce(kernel, x, plan.at(i), plan.reduced);
            if (kernel.isPlace()) {
              out.setLong(plan.outAt(i), (long) result);
            } else {
              out.setDouble(plan.outAt(i), result);
            }
          }
        });
  }

  private void store(int to, float[] row, int at, int n) {
    switch (kernel) {
      case SUM -> out.setDouble(to, Rows.KERNELS.sum(row, at, n));
      case PROD -> out.setDouble(to, (float) product(row, at, n));
      case MAX -> out.setDouble(to, Rows.KERNELS.max(row, at, n));
      case MIN -> out.setDouble(to, Rows.KERNELS.min(row, at, n));
      case ARG_MAX -> out.setLong(to, first(row, at, n, Rows.KERNELS.max(row, at, n)));
      case ARG_MIN -> out.setLong(to, first(row, at, n, Rows.KERNELS.min(row, at, n)));
    }
  }

  /// Returns the first place of a value.
  static int first(float[] row, int at, int n, float value) {
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
  static double product(float[] row, int at, int n) {
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
    return lanes[0];
  }

  // ---- down columns

  /// What happens to the rows of a stripe of columns.
  private enum Way {
    BLOCKS,
    LANES,
    EXTREMES
  }

  /// Reduces columns; threads share stripes of neighbours, or when these are few the rows.
  private void down(Way way) {
    int stripes = Math.ceilDiv(plan.inside.count(), STRIPE);
    if (plan.outside.count() * stripes < MANY_STRIPES && plan.reduced.count() > 2 * BLOCK) {
      byBlocks(stripes, way);
    } else if (plan.inside.count() < COLUMNS) {
      oneByOne();
    } else {
      columns(plan.outside, plan.inside, way);
    }
  }

  /// Adds each column by itself: with so few beside it a kernel would cost more than it saves.
  private void oneByOne() {
    int rows = plan.reduced.count();
    Ranges.run(
        plan.results(),
        rows,
        (from, to) -> {
          for (int i = from; i < to; i++) {
            float sum = 0;
            for (int row = 0; row < rows; row += BLOCK) {
              sum += column(plan.at(i), row, Math.min(rows, row + BLOCK));
            }
            out.setDouble(plan.outAt(i), sum);
          }
        });
  }

  /// Returns the sum of some rows of the column that begins at an index.
  private float column(int at, int row, int end) {
    float sum = 0;
    for (int r = row; r < end; r++) {
      sum += x[at + plan.reduced.at(r)];
    }
    return sum;
  }

  /// The same as [#columns] of the inner axes, block by block of rows.
  private void byBlocks(int stripes, Way way) {
    int units = plan.outside.count() * stripes;
    int rows = plan.reduced.count();
    int blocks = Math.ceilDiv(rows, BLOCK);
    int width = Math.min(plan.inside.count(), STRIPE);
    int held = Math.min(blocks, Math.max(1, GROUP / (BLOCK * width * units)));
    float[] results = Scratch.take((held + 1) * units * width);
    try {
      Arrays.fill(results, 0, units * width, start(way));
      for (int first = 0; first < blocks; first += held) {
        int group = first;
        int count = Math.min(held, blocks - first);
        Ranges.run(
            count * units,
            (long) BLOCK * width,
            (from, to) -> {
              float[] memory = Scratch.row(STRIPE);
              for (int i = from; i < to; i++) {
                int unit = i % units;
                int row = (group + i / units) * BLOCK;
                int end = Math.min(rows, row + BLOCK);
                block(way, unit, stripes, row, end, results, (units + i) * width, memory);
              }
            });
        for (int i = 0; i < count * units; i++) {
          int unit = i % units;
          int n = Math.min(STRIPE, plan.inside.count() - unit % stripes * STRIPE);
          if (way == Way.BLOCKS) {
            Rows.add(results, (units + i) * width, results, unit * width, n);
          } else {
            extreme(results, (units + i) * width, results, unit * width, n);
          }
        }
      }
      for (int unit = 0; unit < units; unit++) {
        int j = unit % stripes * STRIPE;
        int yo = plan.outOffset + plan.outside.outAt(unit / stripes);
        for (int i = 0; i < Math.min(STRIPE, plan.inside.count() - j); i++) {
          out.setDouble(yo + plan.inside.outAt(j + i), results[unit * width + i]);
        }
      }
    } finally {
      Scratch.giveBack(results);
    }
  }

  /// Reduces some rows of a stripe into `results` from `to` on.
  private void block(
      Way way, int unit, int stripes, int row, int end, float[] results, int to, float[] memory) {
    int j = unit % stripes * STRIPE;
    int n = Math.min(STRIPE, plan.inside.count() - j);
    int at = plan.offset + plan.outside.at(unit / stripes);
    if (way == Way.BLOCKS && n < COLUMNS) {
      for (int i = 0; i < n; i++) {
        results[to + i] = column(at + plan.inside.at(j + i), row, end);
      }
      return;
    }
    Arrays.fill(results, to, to + n, start(way));
    for (int r = row; r < end; r++) {
      int from = at + plan.reduced.at(r);
      float[] source = x;
      if (plan.inside.isRun()) {
        from += j;
      } else {
        gather(plan.inside, from, j, n, memory, 0);
        source = memory;
        from = 0;
      }
      if (way == Way.BLOCKS) {
        Rows.add(source, from, results, to, n);
      } else {
        extreme(source, from, results, to, n);
      }
    }
  }

  private void gather(Axes inner, int row, int j, int n, float[] memory, int to) {
    for (int i = 0; i < n; i++) {
      memory[to + i] = x[row + inner.at(j + i)];
    }
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
        gather(inner, row, j, n, memory, gathered);
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
        case EXTREMES -> extreme(source, row, memory, 0, n);
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

  private void extreme(float[] x, int xo, float[] y, int yo, int n) {
    BinaryKernel larger = kernel == ReduceKernel.MAX ? BinaryKernel.MAX : BinaryKernel.MIN;
    Rows.KERNELS.binary(larger, y, yo, x, xo, y, yo, n);
  }
}
