package org.espalier.cpu;

import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.XOR;
import static org.espalier.cpu.Lanes.F;
import static org.espalier.cpu.Lanes.W;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import org.espalier.random.DropoutMask;

/// The bits of `DropoutMask` for many columns at once.
final class VectorDropout {
  private VectorDropout() {}

  /// `y = x * scale` for kept columns, +0 for dropped ones.
  static void dropout(
      float[] x, int xo, float[] y, int yo, int n, int key, int threshold, float scale) {
    IntVector last = IntVector.broadcast(Lanes.I, threshold - 1);
    IntVector lanes = IntVector.zero(Lanes.I).addIndex(1).mul(DropoutMask.STEP);
    int full = (n & ~31) >> 1;
    for (int k = 0; k < full; k += W) { // k counts words: 16 words decide 32 columns
      int i = ((k & ~15) << 1) | (k & 15);
      IntVector h = lanes.add(key + k * DropoutMask.STEP);
      h = h.lanewise(XOR, h.lanewise(LSHR, 16)).mul(0x7FEB352D);
      h = h.lanewise(XOR, h.lanewise(LSHR, 15)).mul(0x846CA68B);
      h = h.lanewise(XOR, h.lanewise(LSHR, 16));
      // threshold - 1 - bits is negative where the element is kept: its sign, spread, is the mask
      IntVector low = last.sub(h.and(0xFFFF)).lanewise(ASHR, 31);
      IntVector high = last.sub(h.lanewise(LSHR, 16)).lanewise(ASHR, 31);
      FloatVector u = fromArray(F, x, xo + i).mul(scale);
      FloatVector v = fromArray(F, x, xo + i + 16).mul(scale);
      u.reinterpretAsInts().and(low).reinterpretAsFloats().intoArray(y, yo + i);
      v.reinterpretAsInts().and(high).reinterpretAsFloats().intoArray(y, yo + i + 16);
    }
    for (int i = n & ~31; i < n; i++) {
      y[yo + i] = DropoutMask.dropped(key, i, threshold) ? 0 : x[xo + i] * scale;
    }
  }
}
