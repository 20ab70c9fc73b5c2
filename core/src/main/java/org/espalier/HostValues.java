package org.espalier;

import java.util.Arrays;
import org.espalier.spi.FloatStorage;
import org.espalier.spi.HalfStorage;
import org.espalier.spi.IntStorage;
import org.espalier.spi.View;

/// The elements of a contiguous view of heap memory as a Java array, converted as [Tensor#to] does.
final class HostValues {
  private HostValues() {}

  static float[] floats(View v) {
    float[] out = new float[v.elements()];
    if (v.storage() instanceof FloatStorage f) {
      System.arraycopy(f.array(), v.offset(), out, 0, out.length);
    } else if (v.storage() instanceof HalfStorage h) {
      h.getFloats(v.offset(), out, out.length);
    } else {
      for (int i = 0; i < out.length; i++) {
        out[i] = (float) v.heap().getDouble(v.offset() + i);
      }
    }
    return out;
  }

  static double[] doubles(View v) {
    double[] out = new double[v.elements()];
    Arrays.setAll(out, i -> v.heap().getDouble(v.offset() + i));
    return out;
  }

  static int[] ints(View v) {
    int[] out = new int[v.elements()];
    if (v.storage() instanceof IntStorage s) {
      System.arraycopy(s.array(), v.offset(), out, 0, out.length);
    } else if (v.dtype().isFloating()) {
      Arrays.setAll(out, i -> (int) v.heap().getDouble(v.offset() + i));
    } else {
      Arrays.setAll(out, i -> (int) v.heap().getLong(v.offset() + i));
    }
    return out;
  }

  static long[] longs(View v) {
    long[] out = new long[v.elements()];
    Arrays.setAll(out, i -> v.heap().getLong(v.offset() + i));
    return out;
  }

  static boolean[] booleans(View v) {
    boolean[] out = new boolean[v.elements()];
    for (int i = 0; i < out.length; i++) {
      out[i] = v.heap().getDouble(v.offset() + i) != 0;
    }
    return out;
  }
}
