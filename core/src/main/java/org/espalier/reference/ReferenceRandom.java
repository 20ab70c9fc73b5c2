package org.espalier.reference;

import org.espalier.random.Philox;
import org.espalier.spi.RandomKernel;
import org.espalier.spi.View;

/// Random numbers by place: number `n` of a stream does not depend on which numbers were asked for
/// before, nor on the dtype but for its rounding.
final class ReferenceRandom {
  private ReferenceRandom() {}

  /// `out_i = number (position + i) of the stream`. A uniform number is made of word `n`; normal
  /// numbers `2p` and `2p + 1` are the cosine and the sine of words `2p` and `2p + 1`.
  static void fill(RandomKernel kernel, long seed, long stream, long position, View outView) {
    Cells out = new Cells(outView);
    int[] words = new int[4];
    for (int i = 0; i < out.count; i++) {
      long n = position + i;
      Philox.block(seed, stream, n >>> 2, words, 0);
      int place = (int) (n & 3);
      double number =
          switch (kernel) {
            case UNIFORM -> Philox.uniform(words[place]);
            case NORMAL -> Philox.normal(words[place & 2], words[place | 1], (place & 1) == 1);
          };
      out.set(i, number);
    }
  }
}
