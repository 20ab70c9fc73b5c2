package org.espalier.reference;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.espalier.TensorException;
import org.espalier.spi.Layout;
import org.espalier.spi.ReduceKernel;
import org.espalier.spi.View;

/// Kernels that work in each lane along one axis: running sums, orders, gather and scatter.
///
/// The axis is put last and the views are cut to one shape beside it; then a lane is a row.
final class ReferenceAlong {
  private ReferenceAlong() {}

  /// `out_i = x_0 + ... + x_i` in each lane, or from the other end.
  static void cumulate(View xView, int axis, boolean reverse, View outView) {
    Cells x = new Cells(last(xView, axis));
    Cells out = new Cells(last(outView, axis));
    for (int row = 0; row < x.rows; row++) {
      double real = 0;
      long whole = 0;
      for (int j = 0; j < x.columns; j++) {
        int i = row * x.columns + (reverse ? x.columns - 1 - j : j);
        if (x.isReal()) {
          real += x.get(i);
          out.set(i, real);
        } else {
          whole += x.getLong(i);
          out.setLong(i, whole);
        }
      }
    }
  }

  /// The places of each lane's elements in ascending or descending order; equal ones in the order
  /// in which they lie.
  static void argSort(View xView, int axis, boolean descending, View orderView) {
    Cells x = new Cells(last(xView, axis));
    Cells order = new Cells(last(orderView, axis));
    for (int row = 0; row < order.rows; row++) {
      int from = row * x.columns;
      Comparator<Integer> ascending = (a, b) -> compare(x, from + a, from + b);
      Integer[] places = IntStream.range(0, x.columns).boxed().toArray(Integer[]::new);
      Arrays.sort(places, descending ? ascending.reversed() : ascending); // stable
      for (int i = 0; i < order.columns; i++) {
        order.setLong(row * order.columns + i, places[i]);
      }
    }
  }

  private static int compare(Cells x, int i, int j) {
    if (!x.isReal()) {
      return Long.compare(x.getLong(i), x.getLong(j));
    }
    double a = x.get(i);
    double b = x.get(j);
    return a == b ? 0 : Double.compare(a, b); // -0 equals 0; NaN is above everything
  }

  /// `out_i = x[indices_i]` in each lane.
  static void gather(View xView, int axis, View indicesView, View outView) {
    Cells indices = new Cells(last(indicesView, axis));
    Cells out = new Cells(last(outView, axis));
    check("gather", indices, xView.shape().size(axis));
    Cells x = new Cells(cut(last(xView, axis), last(indicesView, axis)));
    for (int i = 0; i < indices.count; i++) {
      int from = i / indices.columns * x.columns + (int) indices.getLong(i);
      if (x.isReal()) {
        out.set(i, x.get(from));
      } else {
        out.setLong(i, x.getLong(from));
      }
    }
  }

  /// `out[indices_i] op= values_i` in each lane, in ascending `i`.
  static void scatter(
      ReduceKernel kernel, View valuesView, int axis, View indicesView, View outView) {
    Cells values = new Cells(last(valuesView, axis));
    Cells indices = new Cells(last(indicesView, axis));
    check("scatter", indices, outView.shape().size(axis));
    Cells out = new Cells(cut(last(outView, axis), last(indicesView, axis)));
    if (!kernel.hasIdentity()) {
      // The first value starts, whatever was there: each destination takes a value that it is
      // given.
      for (int i = 0; i < indices.count; i++) {
        int to = i / indices.columns * out.columns + (int) indices.getLong(i);
        if (out.isReal()) {
          out.set(to, values.get(i));
        } else {
          out.setLong(to, values.getLong(i));
        }
      }
    }
    for (int i = 0; i < indices.count; i++) {
      int to = i / indices.columns * out.columns + (int) indices.getLong(i);
      if (out.isReal()) {
        out.set(to, real(kernel, out.get(to), values.get(i)));
      } else {
        out.setLong(to, whole(kernel, out.getLong(to), values.getLong(i)));
      }
    }
  }

  private static double real(ReduceKernel kernel, double a, double b) {
    return switch (kernel) {
      case SUM -> a + b;
      case PROD -> a * b;
      case MAX -> Math.max(a, b);
      case MIN -> Math.min(a, b);
      case ARG_MAX, ARG_MIN -> throw new IllegalArgumentException("no scatter: " + kernel);
    };
  }

  private static long whole(ReduceKernel kernel, long a, long b) {
    return switch (kernel) {
      case SUM -> a + b;
      case PROD -> a * b;
      case MAX -> Math.max(a, b);
      case MIN -> Math.min(a, b);
      case ARG_MAX, ARG_MIN -> throw new IllegalArgumentException("no scatter: " + kernel);
    };
  }

  private static View last(View view, int axis) {
    int rank = view.shape().rank();
    int[] order = new int[rank];
    int next = 0;
    for (int i = 0; i < rank; i++) {
      if (i != axis) {
        order[next++] = i;
      }
    }
    order[next] = axis;
    return view.with(view.layout().permute(order));
  }

  /// Cuts a view to the sizes of another in all axes but the last.
  private static View cut(View view, View to) {
    Layout layout = view.layout();
    for (int i = 0; i < layout.shape().rank() - 1; i++) {
      layout = layout.slice(i, 0, to.shape().size(i));
    }
    return view.with(layout);
  }

  private static void check(String kernel, Cells indices, int size) {
    for (int i = 0; i < indices.count; i++) {
      long index = indices.getLong(i);
      if (index < 0 || index >= size) {
        throw new TensorException(
            kernel
                + ": index "
                + index
                + " at place "
                + i
                + " is outside the axis of size "
                + size
                + "; indices go from 0 to "
                + (size - 1));
      }
    }
  }
}
