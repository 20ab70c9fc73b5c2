package org.espalier.reference;

import org.espalier.TensorException;
import org.espalier.spi.View;

/// Kernels that read or write rows of a table by index; here a row is everything under the first
/// axis.
final class ReferenceIndexing {
  private ReferenceIndexing() {}

  /// `out[i, ...] = table[indices[i], ...]`.
  static void gather(View tableView, View indicesView, View outView) {
    Cells table = new Cells(tableView);
    Cells indices = new Cells(indicesView);
    Cells out = new Cells(outView);
    checkIndices("gather", indices, tableView.shape().size(0));
    int width = width(out, indices);
    for (int i = 0; i < indices.count; i++) {
      int from = indices.getInt(i) * width;
      for (int j = 0; j < width; j++) {
        if (table.isReal()) {
          out.set(i * width + j, table.get(from + j));
        } else {
          out.setLong(i * width + j, table.getLong(from + j));
        }
      }
    }
  }

  /// `out[indices[i], ...] += values[i, ...]`, in ascending `i`; each sum is rounded to the dtype,
  /// so that the order defines the bits.
  static void scatterAdd(View valuesView, View indicesView, View outView) {
    Cells values = new Cells(valuesView);
    Cells indices = new Cells(indicesView);
    Cells out = new Cells(outView);
    checkIndices("scatterAdd", indices, outView.shape().size(0));
    int width = width(values, indices);
    for (int i = 0; i < indices.count; i++) {
      int to = indices.getInt(i) * width;
      for (int j = 0; j < width; j++) {
        if (out.isReal()) {
          out.set(to + j, out.get(to + j) + values.get(i * width + j));
        } else {
          out.setLong(to + j, out.getLong(to + j) + values.getLong(i * width + j));
        }
      }
    }
  }

  private static int width(Cells rows, Cells indices) {
    return indices.count == 0 ? 0 : rows.count / indices.count;
  }

  /// Checks that each index names a row of a table.
  ///
  /// @throws TensorException naming the first that does not, its place and the size of the table
  static void checkIndices(String kernel, Cells indices, int tableSize) {
    for (int i = 0; i < indices.count; i++) {
      int index = indices.getInt(i);
      if (index < 0 || index >= tableSize) {
        throw new TensorException(
            kernel
                + ": index "
                + index
                + " at place "
                + i
                + " is outside the table of "
                + tableSize
                + " rows; indices go from 0 to "
                + (tableSize - 1));
      }
    }
  }
}
