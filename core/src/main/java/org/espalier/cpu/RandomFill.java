package org.espalier.cpu;

import org.espalier.random.Philox;
import org.espalier.spi.RandomKernel;
import org.espalier.spi.View;

/// Random f32 numbers: element `i` is number `position + i` of the stream, so threads share the
/// work freely.
final class RandomFill {
  private RandomFill() {}

  /// Fills a contiguous view.
  static void run(RandomKernel kernel, long seed, long stream, long position, View out) {
    float[] y = out.floats();
    int yo = out.offset();
    boolean normal = kernel == RandomKernel.NORMAL;
    Ranges.run(
        out.elements(),
        normal ? 8 : 2,
        (from, to) -> {
          int[] words = new int[4];
          long loaded = -1;
          for (int i = from; i < to; i++) {
            long place = position + i;
            if (place >>> 2 != loaded) {
              loaded = place >>> 2;
              Philox.block(seed, stream, loaded, words, 0);
            }
            int w = (int) place & 3;
            y[yo + i] =
                normal
                    ? (float) Philox.normal(words[w & 2], words[w | 1], (w & 1) == 1)
                    : Philox.uniform(words[w]);
          }
        });
  }
}
