package org.espalier.reference;

import java.util.Random;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.memory.BufferPool;
import org.espalier.spi.HeapStorage;
import org.espalier.spi.Layout;
import org.espalier.spi.View;

/// Makes views for tests and reads them back.
final class Views {
  private static final BufferPool POOL = new BufferPool(0, true);

  private Views() {}

  static View of(DType dtype, Shape shape, double... values) {
    View view = new View(POOL.take(dtype, shape.elements()), Layout.contiguous(shape));
    for (int i = 0; i < values.length; i++) {
      view.heap().setDouble(i, values[i]);
    }
    return view;
  }

  static View f64(Shape shape, double... values) {
    return of(DType.F64, shape, values);
  }

  static View f32(Shape shape, double... values) {
    return of(DType.F32, shape, values);
  }

  static View ints(int... values) {
    View view = of(DType.I32, Shape.of(values.length));
    System.arraycopy(values, 0, view.ints(), 0, values.length);
    return view;
  }

  static View longs(long... values) {
    View view = of(DType.I64, Shape.of(values.length));
    for (int i = 0; i < values.length; i++) {
      view.heap().setLong(i, values[i]);
    }
    return view;
  }

  /// The same values with the axes stored in reverse order, from a place inside the memory.
  static View strided(View x) {
    int rank = x.shape().rank();
    int[] reversed = new int[rank];
    int[] order = new int[rank];
    for (int i = 0; i < rank; i++) {
      reversed[i] = x.shape().size(rank - 1 - i);
      order[i] = rank - 1 - i;
    }
    HeapStorage memory = POOL.take(x.dtype(), x.elements() + 5);
    View view = new View(memory, Layout.contiguous(Shape.of(reversed), 3).permute(order));
    new ReferenceBackend().copy(x, view);
    return view;
  }

  static double[] random(long seed, int n) {
    Random random = new Random(seed);
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = random.nextGaussian();
    }
    return values;
  }

  static double[] values(View x) {
    Cells cells = new Cells(x);
    double[] values = new double[cells.count];
    for (int i = 0; i < values.length; i++) {
      values[i] = cells.get(i);
    }
    return values;
  }

  static long[] longValues(View x) {
    Cells cells = new Cells(x);
    long[] values = new long[cells.count];
    for (int i = 0; i < values.length; i++) {
      values[i] = cells.getLong(i);
    }
    return values;
  }

  /// A number computed from the elements of views, to be differentiated.
  interface Loss {
    double compute();
  }

  /// The gradient of a loss by central differences, writing to the elements of `x` in turn.
  static double[] numericGradient(View x, Loss loss) {
    Cells cells = new Cells(x);
    double[] gradient = new double[cells.count];
    double step = 1e-5;
    for (int i = 0; i < gradient.length; i++) {
      double value = cells.get(i);
      cells.set(i, value + step);
      double above = loss.compute();
      cells.set(i, value - step);
      double below = loss.compute();
      cells.set(i, value);
      gradient[i] = (above - below) / (2 * step);
    }
    return gradient;
  }

  static double dot(double[] a, View b) {
    Cells cells = new Cells(b);
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * cells.get(i);
    }
    return sum;
  }
}
