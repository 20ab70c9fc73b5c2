package org.espalier.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// Between BF16 and f32 on vectors: a BF16 is the upper half of an f32.
final class VectorWidening {
  /// As many elements as there are floats in a vector.
  private static final VectorSpecies<Short> HALF =
      VectorSpecies.of(short.class, VectorShape.forBitSize(Simd.BITS / 2));

  private VectorWidening() {}

  /// Widens the elements that fill whole vectors, and returns how many these are.
  static int bfloats(short[] x, int xo, float[] y, int yo, int n) {
    int i = 0;
    for (; i <= n - Lanes.W; i += Lanes.W) {
      IntVector wide =
          (IntVector)
              ShortVector.fromArray(HALF, x, xo + i)
                  .convertShape(VectorOperators.ZERO_EXTEND_S2I, Lanes.I, 0);
      wide.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().intoArray(y, yo + i);
    }
    return i;
  }

  /// Rounds the elements that fill whole vectors as [Halves#toBfloat] does, and returns how many
  /// these are.
  static int narrow(float[] x, int xo, short[] y, int yo, int n) {
    int i = 0;
    for (; i <= n - Lanes.W; i += Lanes.W) {
      IntVector bits = FloatVector.fromArray(Lanes.F, x, xo + i).reinterpretAsInts();
      IntVector odd = bits.lanewise(VectorOperators.LSHR, 16).and(1);
      IntVector quiet = bits.or(0x400000);
      IntVector rounded =
          bits.add(0x7fff)
              .add(odd)
              .blend(quiet, bits.and(0x7fffffff).compare(VectorOperators.GT, 0x7f800000));
      ((ShortVector)
              rounded.lanewise(VectorOperators.LSHR, 16).convertShape(VectorOperators.I2S, HALF, 0))
          .intoArray(y, yo + i);
    }
    return i;
  }
}
