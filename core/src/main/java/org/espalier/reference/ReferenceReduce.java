package org.espalier.reference;

import org.espalier.Shape;
import org.espalier.TensorException;
import org.espalier.spi.FusedKernel;
import org.espalier.spi.Layout;
import org.espalier.spi.ReduceKernel;
import org.espalier.spi.View;

/// Kernels that turn many elements into one.
final class ReferenceReduce {
  private ReferenceReduce() {}

  /// `out[kept axes] = f of all x[kept axes, reduced axes]`, visited in row-major order of the
  /// reduced axes.
  static void reduce(ReduceKernel kernel, View xView, View outView) {
    // Put the reduced axes last: then the elements of one result are neighbours in row-major order.
    Cells x = new Cells(xView.with(reducedLast(xView.layout(), outView.shape())));
    Cells out = new Cells(outView);
    if (out.count == 0) {
      return;
    }
    int length = x.count / out.count;
    if (length == 0 && !kernel.hasIdentity()) {
      throw new TensorException(
          kernel
              + " of nothing: shape "
              + xView.shape()
              + " reduced to "
              + outView.shape()
              + " has no element to choose from");
    }
    for (int i = 0; i < out.count; i++) {
      int from = i * length;
      if (kernel.isPlace()) {
        out.setLong(i, place(kernel == ReduceKernel.ARG_MAX, x, from, length));
      } else if (x.isReal()) {
        out.set(i, real(kernel, x, from, length));
      } else {
        out.setLong(i, integer(kernel, x, from, length));
      }
    }
  }

  private static Layout reducedLast(Layout x, Shape out) {
    int rank = out.rank();
    int[] order = new int[rank];
    int next = 0;
    for (int pass = 0; pass < 2; pass++) {
      for (int axis = 0; axis < rank; axis++) {
        boolean reduced = out.size(axis) == 1 && x.shape().size(axis) != 1;
        if (reduced == (pass == 1)) {
          order[next++] = axis;
        }
      }
    }
    return x.permute(order);
  }

  private static double real(ReduceKernel kernel, Cells x, int from, int length) {
    double result =
        switch (kernel) {
          case SUM -> 0;
          case PROD -> 1;
          default -> x.get(from);
        };
    for (int i = from; i < from + length; i++) {
      double value = x.get(i);
      result =
          switch (kernel) {
            case SUM -> result + value;
            case PROD -> result * value;
            case MAX -> Math.max(result, value);
            case MIN -> Math.min(result, value);
            case ARG_MAX, ARG_MIN ->
                throw new IllegalArgumentException("not a real number: " + kernel);
          };
    }
    return result;
  }

  private static long integer(ReduceKernel kernel, Cells x, int from, int length) {
    long result =
        switch (kernel) {
          case SUM -> 0;
          case PROD -> 1;
          default -> x.getLong(from);
        };
    for (int i = from; i < from + length; i++) {
      long value = x.getLong(i);
      result =
          switch (kernel) {
            case SUM -> result + value;
            case PROD -> result * value;
            case MAX -> Math.max(result, value);
            case MIN -> Math.min(result, value);
            case ARG_MAX, ARG_MIN ->
                throw new IllegalArgumentException("not one of the elements: " + kernel);
          };
    }
    return result;
  }

  private static int place(boolean largest, Cells x, int from, int length) {
    int best = 0;
    for (int i = 0; i < length; i++) {
      boolean better;
      if (x.isReal()) {
        double value = x.get(from + i);
        double bestValue = x.get(from + best);
        better =
            (largest ? value > bestValue : value < bestValue)
                || (Double.isNaN(value) && !Double.isNaN(bestValue));
      } else {
        int order = Long.compare(x.getLong(from + i), x.getLong(from + best));
        better = largest ? order > 0 : order < 0;
      }
      if (better) {
        best = i;
      }
    }
    return best;
  }

  /// `out = sum of a_i * b_i`.
  static void dot(FusedKernel.Dot kernel) {
    new Cells(kernel.out()).set(0, dot(kernel.a(), kernel.b()));
  }

  /// `out[i, j] = sum over the parts of their inner products`.
  static void gram(FusedKernel.Gram kernel) {
    Cells out = new Cells(kernel.out());
    int n = kernel.vectors().size();
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        double sum = 0;
        for (int p = 0; p < kernel.vectors().get(i).size(); p++) {
          View a = kernel.vectors().get(i).get(p);
          View b = kernel.vectors().get(j).get(p);
          sum += a == null || b == null ? 0 : dot(a, b);
        }
        out.set(i * n + j, sum);
      }
    }
  }

  private static double dot(View x, View y) {
    Cells a = new Cells(x);
    Cells b = new Cells(y);
    double sum = 0;
    for (int i = 0; i < a.count; i++) {
      sum += a.get(i) * b.get(i);
    }
    return sum;
  }

  /// The norm of several gradients and the factor that clips it.
  static void jointNorm(FusedKernel.JointNorm kernel) {
    Cells squares = new Cells(kernel.squares());
    double sum = 0;
    for (int i = 0; i < squares.count; i++) {
      sum += squares.get(i);
    }
    double norm = Math.sqrt(sum);
    Cells out = new Cells(kernel.out());
    out.set(0, norm);
    out.set(1, norm > kernel.maxNorm() ? kernel.maxNorm() / (norm + 1e-6) : 1);
  }
}
