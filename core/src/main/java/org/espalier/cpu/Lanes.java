package org.espalier.cpu;

import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// The chosen species and the reduction over 16 virtual lanes. Only touched when `Simd.BITS` is not
/// 0.
///
/// A vector holds `W` = 16, 8 or 4 floats, so one, two or four accumulators carry the 16 lanes.
/// Kernels name four, and use the upper ones only under `W <= 8` and `W <= 4`: those are constants
/// that the compilers fold, so one source serves all widths, without arrays of vectors.
///
/// No kernel may use floats of another width beside these. With two subclasses of `FloatVector` in
/// a process, C2 at times believes a profile of the other one when it inlines `intoArray`, cannot
/// make a store of it, and leaves the vector boxed for good (seen on JDK 25 with halves for a sum
/// in double: `sqrt` allocated in one run of eight).
final class Lanes {
  static final VectorSpecies<Float> F =
      VectorSpecies.of(float.class, VectorShape.forBitSize(Simd.BITS));
  static final VectorSpecies<Integer> I =
      VectorSpecies.of(int.class, VectorShape.forBitSize(Simd.BITS));

  /// Floats per vector.
  static final int W = Simd.BITS / 32;

  /// Rotations by 8, 4, 2 and 1 lanes, for extremes.
  static final VectorShuffle<Float> BY_8 = rotate(8);

  static final VectorShuffle<Float> BY_4 = rotate(4);
  static final VectorShuffle<Float> BY_2 = rotate(2);
  static final VectorShuffle<Float> BY_1 = rotate(1);

  /// Elements that a function of several passes takes at a time: they stay in the nearest cache.
  static final int CHUNK = 1024;

  private static final ThreadLocal<float[]> MEMORY = ThreadLocal.withInitial(() -> new float[16]);
  private static final ThreadLocal<float[]> CHUNKS =
      ThreadLocal.withInitial(() -> new float[CHUNK]);

  private Lanes() {}

  private static VectorShuffle<Float> rotate(int by) {
    return VectorShuffle.fromOp(F, i -> (i + by) & (W - 1));
  }

  /// Returns 16 floats of this thread, for the lanes of one sum.
  static float[] memory() {
    return MEMORY.get();
  }

  /// Returns `CHUNK` floats of this thread, for what one pass of a function leaves to the next.
  static float[] chunk() {
    return CHUNKS.get();
  }

  /// Adds the 16 lanes in the fixed tree: `l[i] + l[i + 8]`, then `+ 4`, `+ 2`, `+ 1`.
  static float sum(float[] l) {
    float a = (l[0] + l[8]) + (l[4] + l[12]);
    float b = (l[1] + l[9]) + (l[5] + l[13]);
    float c = (l[2] + l[10]) + (l[6] + l[14]);
    float d = (l[3] + l[11]) + (l[7] + l[15]);
    return (a + c) + (b + d);
  }
}
