package org.espalier.cpu;

import static jdk.incubator.vector.VectorOperators.F2D;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// Inner products of floats in double, on the 8 lanes that [RowKernels#sumInDouble] defines.
///
/// A vector holds `L` = 8, 4 or 2 doubles, so one, two or four accumulators carry the 8 lanes. All
/// four are named, and the upper ones used under `L <= 4` and `L <= 2`, which the compilers fold.
final class VectorSums {
  private static final VectorSpecies<Double> D =
      VectorSpecies.of(double.class, VectorShape.forBitSize(Simd.BITS));

  /// As many floats as `D` holds doubles.
  private static final VectorSpecies<Float> HALF =
      VectorSpecies.of(float.class, VectorShape.forBitSize(Simd.BITS / 2));

  private static final int L = Simd.BITS / 64;

  private VectorSums() {}

  static double dot(float[] x, int xo, float[] y, int yo, int n) {
    DoubleVector a = DoubleVector.zero(D);
    DoubleVector b = a;
    DoubleVector c = a;
    DoubleVector d = a;
    int i = 0;
    for (; i + 8 <= n; i += 8) {
      var x0 = (DoubleVector) FloatVector.fromArray(HALF, x, xo + i).convertShape(F2D, D, 0);
      var y0 = (DoubleVector) FloatVector.fromArray(HALF, y, yo + i).convertShape(F2D, D, 0);
      a = x0.fma(y0, a);
      if (L <= 4) {
        var x1 = (DoubleVector) FloatVector.fromArray(HALF, x, xo + i + L).convertShape(F2D, D, 0);
        var y1 = (DoubleVector) FloatVector.fromArray(HALF, y, yo + i + L).convertShape(F2D, D, 0);
        b = x1.fma(y1, b);
      }
      if (L <= 2) {
        var x2 =
            (DoubleVector) FloatVector.fromArray(HALF, x, xo + i + 2 * L).convertShape(F2D, D, 0);
        var y2 =
            (DoubleVector) FloatVector.fromArray(HALF, y, yo + i + 2 * L).convertShape(F2D, D, 0);
        c = x2.fma(y2, c);
        var x3 =
            (DoubleVector) FloatVector.fromArray(HALF, x, xo + i + 3 * L).convertShape(F2D, D, 0);
        var y3 =
            (DoubleVector) FloatVector.fromArray(HALF, y, yo + i + 3 * L).convertShape(F2D, D, 0);
        d = x3.fma(y3, d);
      }
    }
    double[] lanes = Lanes.doubles();
    a.intoArray(lanes, 0);
    if (L <= 4) {
      b.intoArray(lanes, L);
    }
    if (L <= 2) {
      c.intoArray(lanes, 2 * L);
      d.intoArray(lanes, 3 * L);
    }
    double tail = 0;
    for (; i < n; i++) {
      tail += (double) x[xo + i] * y[yo + i];
    }
    return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6]))
        + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]))
        + tail;
  }
}
