package org.espalier.cpu;

import org.espalier.spi.ReduceKernel;

/// Reductions of a row of more than 4096 elements, block by block: the same bits for any number of
/// threads.
///
/// Elements that are not neighbours are gathered a block at a time, by the thread that reduces it,
/// so that no scratch memory grows with the row. The blocks' results are taken together in order,
/// sums ([LongSums]) and products in double.
final class LongRows {
  private LongRows() {}

  /// Returns the result, a place counted from 0, for the elements at `x[at + places.at(i)]`.
  static double reduce(ReduceKernel kernel, float[] x, int at, Axes places) {
    int n = places.count();
    int blocks = BlockResults.count(n);
    double[] results =
        BlockResults.of(
            n,
            (first, length) ->
                places.isRun()
                    ? block(kernel, x, at + first, length)
                    : block(kernel, gathered(x, at, places, first, length), 0, length));
    double result = together(kernel, results, blocks);
    if (kernel.isPlace()) {
      int block = 0;
      while (Double.compare(results[block], result) != 0 && results[block] != result) {
        block++;
      }
      int first = block * BlockResults.BLOCK;
      int length = Math.min(BlockResults.BLOCK, n - first);
      float[] row = places.isRun() ? x : gathered(x, at, places, first, length);
      int begin = places.isRun() ? at + first : 0;
      result = first + Reductions.first(row, begin, length, (float) result);
    }
    BlockResults.giveBack(results);
    return result;
  }

  private static float[] gathered(float[] x, int at, Axes places, int first, int n) {
    float[] row = Scratch.row(BlockResults.BLOCK);
    for (int i = 0; i < n; i++) {
      row[i] = x[at + places.at(first + i)];
    }
    return row;
  }

  private static double block(ReduceKernel kernel, float[] x, int at, int n) {
    return switch (kernel) {
      case SUM -> LongSums.block(x, at, n);
      case PROD -> Reductions.product(x, at, n);
      case MAX, ARG_MAX -> Rows.KERNELS.max(x, at, n);
      case MIN, ARG_MIN -> Rows.KERNELS.min(x, at, n);
    };
  }

  private static double together(ReduceKernel kernel, double[] results, int n) {
    double all = results[0];
    for (int i = 1; i < n; i++) {
      all =
          switch (kernel) {
            case SUM -> all + results[i];
            case PROD -> all * results[i];
            case MAX, ARG_MAX -> Math.max(all, results[i]);
            case MIN, ARG_MIN -> Math.min(all, results[i]);
          };
    }
    return all;
  }
}
