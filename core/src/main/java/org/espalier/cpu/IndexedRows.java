package org.espalier.cpu;

import org.espalier.spi.BoolStorage;
import org.espalier.spi.FloatStorage;
import org.espalier.spi.IntStorage;
import org.espalier.spi.Layout;
import org.espalier.spi.LongStorage;
import org.espalier.spi.View;

/// Reading and adding to rows of tables of any dtype and strides by index; a row is everything
/// under the first axis.
///
/// Rows that are contiguous inside move as blocks of memory, whatever their elements are. For
/// others, the places of a row's elements are listed once and serve every row.
final class IndexedRows {
  private IndexedRows() {}

  /// `out[i] = table[indices[i]]`.
  static void gather(View table, View indices, View out) {
    int count = indices.elements();
    int[] index = indices.ints();
    int io = indices.offset();
    int apart = stride(indices);
    RowTables.check("gather", index, io, apart, count, table.shape().size(0));
    if (out.elements() == 0) {
      return;
    }
    int width = out.elements() / count;
    int from = table.layout().stride(0);
    int to = out.layout().stride(0);
    int xo = table.offset();
    int yo = out.offset();
    if (rowStep(table) >= 0 && rowStep(out) >= 0) {
      Object x = table.heap().rawArray();
      Object y = out.heap().rawArray();
      Ranges.run(
          count,
          width,
          (first, last) -> {
            for (int i = first; i < last; i++) {
              move(x, xo + index[io + i * apart] * from, y, yo + i * to, width);
            }
          });
      return;
    }
    int[] xs = places(table.layout(), width);
    int[] ys = places(out.layout(), width);
    Ranges.run(
        count,
        width,
        (first, last) -> {
          for (int i = first; i < last; i++) {
            pick(table, xo + index[io + i * apart] * from, xs, out, yo + i * to, ys);
          }
        });
  }

  @SuppressWarnings("SuspiciousSystemArraycopy") // both are the array of the one dtype
  private static void move(Object x, int xo, Object y, int yo, int n) {
    System.arraycopy(x, xo, y, yo, n);
  }

  /// Copies one row between places; both views have one dtype.
  private static void pick(View table, int xo, int[] xs, View out, int yo, int[] ys) {
    Object from = table.heap().rawArray();
    switch (out.heap().rawArray()) {
      case float[] y -> {
        float[] x = (float[]) from;
        for (int j = 0; j < xs.length; j++) {
          y[yo + ys[j]] = x[xo + xs[j]];
        }
      }
      case double[] y -> {
        double[] x = (double[]) from;
        for (int j = 0; j < xs.length; j++) {
          y[yo + ys[j]] = x[xo + xs[j]];
        }
      }
      case short[] y -> {
        short[] x = (short[]) from;
        for (int j = 0; j < xs.length; j++) {
          y[yo + ys[j]] = x[xo + xs[j]];
        }
      }
      case int[] y -> {
        int[] x = (int[]) from;
        for (int j = 0; j < xs.length; j++) {
          y[yo + ys[j]] = x[xo + xs[j]];
        }
      }
      case long[] y -> {
        long[] x = (long[]) from;
        for (int j = 0; j < xs.length; j++) {
          y[yo + ys[j]] = x[xo + xs[j]];
        }
      }
      case byte[] y -> {
        byte[] x = (byte[]) from;
        for (int j = 0; j < xs.length; j++) {
          y[yo + ys[j]] = x[xo + xs[j]];
        }
      }
      default -> throw new IllegalStateException("no array of elements: " + out.dtype());
    }
  }

  /// `out[indices[i]] += values[i]` for each destination in ascending `i`, whatever the number of
  /// threads: F32, integers (which wrap) and booleans (whose sum is or).
  static void scatterAdd(View values, View indices, View out) {
    int count = indices.elements();
    int[] index = indices.ints();
    int io = indices.offset();
    int apart = stride(indices);
    RowTables.check("scatterAdd", index, io, apart, count, out.shape().size(0));
    if (values.elements() == 0) {
      return;
    }
    int width = values.elements() / count;
    int from = values.layout().stride(0);
    int to = out.layout().stride(0);
    if (out.storage() instanceof FloatStorage f && rowStep(values) >= 0 && rowStep(out) >= 0) {
      RowTables.scatterAdd(
          values.floats(),
          values.offset(),
          from,
          index,
          io,
          apart,
          count,
          f.array(),
          out.offset(),
          to,
          width);
      return;
    }
    int[] xs = places(values.layout(), width);
    int[] ys = places(out.layout(), width);
    int shares = (long) count * width < 1 << 15 ? 1 : RowTables.SHARES;
    Ranges.run(
        shares,
        (long) count * width / shares,
        (first, last) -> {
          for (int share = first; share < last; share++) {
            for (int i = 0; i < count; i++) {
              int row = index[io + i * apart];
              if (row % shares == share) {
                add(values, values.offset() + i * from, xs, out, out.offset() + row * to, ys);
              }
            }
          }
        });
  }

  private static void add(View values, int xo, int[] xs, View out, int yo, int[] ys) {
    switch (out.storage()) {
      case FloatStorage f -> {
        float[] x = values.floats();
        float[] y = f.array();
        for (int j = 0; j < xs.length; j++) {
          y[yo + ys[j]] += x[xo + xs[j]];
        }
      }
      case IntStorage s -> {
        int[] x = values.ints();
        int[] y = s.array();
        for (int j = 0; j < xs.length; j++) {
          y[yo + ys[j]] += x[xo + xs[j]];
        }
      }
      case LongStorage s -> {
        long[] x = (long[]) values.heap().rawArray();
        long[] y = s.array();
        for (int j = 0; j < xs.length; j++) {
          y[yo + ys[j]] += x[xo + xs[j]];
        }
      }
      case BoolStorage s -> {
        byte[] x = (byte[]) values.heap().rawArray();
        byte[] y = s.array();
        for (int j = 0; j < xs.length; j++) {
          y[yo + ys[j]] |= x[xo + xs[j]];
        }
      }
      default -> throw new IllegalStateException("no sum here in " + out.dtype());
    }
  }

  /// Returns where the elements under an index of the first axis lie, from its first on.
  private static int[] places(Layout layout, int width) {
    int[] places = new int[width];
    int rank = layout.shape().rank();
    for (int j = 0; j < width; j++) {
      int rest = j;
      for (int axis = rank - 1; axis > 0; axis--) {
        int size = layout.shape().size(axis);
        places[j] += rest % size * layout.stride(axis);
        rest /= size;
      }
    }
    return places;
  }

  /// Returns how far the rows under the first axis are apart, or -1 when they are not contiguous
  /// inside.
  private static int rowStep(View x) {
    Layout layout = x.layout();
    int step = 1;
    for (int axis = layout.shape().rank() - 1; axis > 0; axis--) {
      int size = layout.shape().size(axis);
      if (size != 1 && layout.stride(axis) != step) {
        return -1;
      }
      step *= size;
    }
    return layout.shape().rank() == 0 ? -1 : layout.stride(0);
  }

  private static int stride(View indices) {
    return indices.shape().rank() == 0 ? 1 : indices.layout().stride(0);
  }
}
