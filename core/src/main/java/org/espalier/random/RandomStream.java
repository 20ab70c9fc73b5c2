package org.espalier.random;

import org.espalier.TensorException;

/// One of the 2^64 streams of a seed, read in order; its whole state is its position.
///
/// ```java
/// var order = new RandomStream(seed, epoch).permutation(examples);
/// ```
public final class RandomStream {
  private final long seed;
  private final long stream;
  private final int[] block = new int[4];
  private long loaded = -1;
  private long position;

  /// Makes a stream at its beginning.
  public RandomStream(long seed, long stream) {
    this.seed = seed;
    this.stream = stream;
  }

  /// Returns the seed.
  public long seed() {
    return seed;
  }

  /// Returns which of the seed's streams this is.
  public long stream() {
    return stream;
  }

  /// Returns the number of 32-bit words read so far.
  public long position() {
    return position;
  }

  /// Continues at a position that [#position] returned.
  ///
  /// @throws TensorException when it is negative
  public void seek(long to) {
    if (to < 0) {
      throw new TensorException("a stream has no position " + to);
    }
    position = to;
  }

  /// Returns 32 random bits.
  public int nextInt() {
    long wanted = position >>> 2;
    if (wanted != loaded) {
      Philox.block(seed, stream, wanted, block, 0);
      loaded = wanted;
    }
    return block[(int) (position++ & 3)];
  }

  /// Returns an integer in `[0, bound)`, each equally likely (Lemire 2019).
  ///
  /// @throws TensorException when `bound` is not positive
  public int nextInt(int bound) {
    if (bound < 1) {
      throw new TensorException("bound " + bound + " is not positive");
    }
    long product = (nextInt() & 0xffffffffL) * bound;
    long threshold = (0x1_0000_0000L - bound) % bound;
    while ((product & 0xffffffffL) < threshold) {
      product = (nextInt() & 0xffffffffL) * bound;
    }
    return (int) (product >>> 32);
  }

  /// Returns a float in `[0, 1)`.
  public float nextFloat() {
    return Philox.uniform(nextInt());
  }

  /// Returns a double in `[0, 1)` with 53 random bits.
  public double nextDouble() {
    long high = nextInt() & 0xffffffffL;
    long low = nextInt() & 0xffffffffL;
    return (((high << 32) | low) >>> 11) * 0x1p-53;
  }

  /// Returns a normal number with mean 0 and deviation 1, from two words.
  public double nextNormal() {
    int first = nextInt();
    return Philox.normal(first, nextInt(), false);
  }

  /// Returns the numbers `0 .. n - 1` in random order, each order equally likely (Fisher, Yates;
  /// Durstenfeld 1964).
  public int[] permutation(int n) {
    int[] p = new int[n];
    for (int i = 0; i < n; i++) {
      p[i] = i;
    }
    for (int i = n - 1; i > 0; i--) {
      int j = nextInt(i + 1);
      int t = p[i];
      p[i] = p[j];
      p[j] = t;
    }
    return p;
  }
}
