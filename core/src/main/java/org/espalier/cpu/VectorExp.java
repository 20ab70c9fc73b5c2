package org.espalier.cpu;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static org.espalier.cpu.Lanes.F;
import static org.espalier.cpu.Lanes.W;
import static org.espalier.cpu.ScalarMath.E0;
import static org.espalier.cpu.ScalarMath.E1;
import static org.espalier.cpu.ScalarMath.E2;
import static org.espalier.cpu.ScalarMath.E3;
import static org.espalier.cpu.ScalarMath.E4;
import static org.espalier.cpu.ScalarMath.E5;
import static org.espalier.cpu.ScalarMath.EXP_MAX;
import static org.espalier.cpu.ScalarMath.EXP_MIN;
import static org.espalier.cpu.ScalarMath.LN2_HIGH;
import static org.espalier.cpu.ScalarMath.LN2_LOW;
import static org.espalier.cpu.ScalarMath.LOG2_E;
import static org.espalier.cpu.ScalarMath.ROUND;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;

/// `ScalarMath.exp` on vectors, operation by operation the same, so the bits are equal.
///
/// The Vector API's own `EXP` is not used: it gives other bits before and after C2 compiles it.
/// Every function with an exponential in it runs this loop between passes of its own.
final class VectorExp {
  private VectorExp() {}

  /// `y = exp(scale * x - shift)`.
  static void exp(float[] x, int xo, float[] y, int yo, int n, float scale, float shift) {
    FloatVector s = broadcast(F, scale);
    FloatVector h = broadcast(F, -shift);
    int i = 0;
    for (; i + W <= n; i += W) {
      FloatVector a = fromArray(F, x, xo + i).fma(s, h);
      FloatVector t = a.fma(LOG2_E, ROUND);
      FloatVector k = t.sub(ROUND);
      FloatVector r = k.fma(broadcast(F, LN2_LOW), k.fma(broadcast(F, LN2_HIGH), a));
      FloatVector p = r.fma(E5, E4);
      p = p.fma(r, broadcast(F, E3));
      p = p.fma(r, broadcast(F, E2));
      p = p.fma(r, broadcast(F, E1));
      p = p.fma(r, broadcast(F, E0));
      p = p.fma(r.mul(r), r).add(1f);
      IntVector exponent = t.reinterpretAsInts().lanewise(LSHL, 23);
      p = p.reinterpretAsInts().add(exponent).reinterpretAsFloats();
      p = p.blend(0f, a.lt(EXP_MIN));
      p = a.add(Float.POSITIVE_INFINITY).blend(p, a.compare(LE, EXP_MAX));
      p.intoArray(y, yo + i);
    }
    if (i < n) {
      tail(x, xo + i, y, yo + i, n - i, scale, shift);
    }
  }

  /// The same for fewer elements than a vector holds.
  private static void tail(float[] x, int xo, float[] y, int yo, int n, float scale, float shift) {
    VectorMask<Float> m = F.indexInRange(0, n);
    FloatVector a = fromArray(F, x, xo, m).fma(broadcast(F, scale), broadcast(F, -shift));
    FloatVector t = a.fma(LOG2_E, ROUND);
    FloatVector k = t.sub(ROUND);
    FloatVector r = k.fma(broadcast(F, LN2_LOW), k.fma(broadcast(F, LN2_HIGH), a));
    FloatVector p = r.fma(E5, E4);
    p = p.fma(r, broadcast(F, E3));
    p = p.fma(r, broadcast(F, E2));
    p = p.fma(r, broadcast(F, E1));
    p = p.fma(r, broadcast(F, E0));
    p = p.fma(r.mul(r), r).add(1f);
    IntVector exponent = t.reinterpretAsInts().lanewise(LSHL, 23);
    p = p.reinterpretAsInts().add(exponent).reinterpretAsFloats();
    p = p.blend(0f, a.lt(EXP_MIN));
    p = a.add(Float.POSITIVE_INFINITY).blend(p, a.compare(LE, EXP_MAX));
    p.intoArray(y, yo, m);
  }
}
