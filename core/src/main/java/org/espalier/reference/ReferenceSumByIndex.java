package org.espalier.reference;

import java.util.Arrays;
import java.util.Comparator;
import org.espalier.spi.FusedKernel.SumByIndex;

/// Sums of the rows that belong to one index, at the first place of the index in ascending order.
final class ReferenceSumByIndex {
  private ReferenceSumByIndex() {}

  static void sum(SumByIndex kernel) {
    Cells dy = new Cells(kernel.dy());
    Cells indices = new Cells(kernel.indices());
    Cells rows = new Cells(kernel.rows());
    Cells values = new Cells(kernel.values());
    int n = indices.count;
    int width = n == 0 ? 0 : dy.count / n;
    Integer[] order = new Integer[n];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, Comparator.comparingInt(indices::getInt)); // stable
    double[][] sums = new double[n][width];
    int first = 0;
    for (int place = 0; place < n; place++) {
      int row = indices.getInt(order[place]);
      rows.set(place, row);
      if (row != indices.getInt(order[first])) {
        first = place;
      }
      for (int j = 0; j < width; j++) {
        sums[first][j] += dy.get(order[place] * width + j);
      }
    }
    for (int i = 0; i < values.count; i++) {
      values.set(i, sums[i / width][i % width]);
    }
  }
}
