package org.espalier.cpu;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// BF16 as f32 on vectors: each element becomes the upper half of one twice as wide.
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
}
