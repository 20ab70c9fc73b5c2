package org.espalier.cpu;

import org.espalier.spi.HalfStorage;

/// The right operand of a product as it is stored: `B[k, n]` row-major, or with `transposed` its
/// transpose `[n, k]`.
sealed interface RightMatrix {
  /// Tells whether the transpose is stored.
  boolean transposed();

  /// Returns where it begins in its array.
  int offset();

  /// Returns how far the stored rows are apart.
  int ld();

  /// Returns the length of its array.
  int room();

  /// A matrix of f32.
  final class Floats implements RightMatrix {
    private final boolean transposed;
    private final float[] elements;
    private final int offset;
    private final int ld;

    Floats(boolean transposed, float[] elements, int offset, int ld) {
      this.transposed = transposed;
      this.elements = elements;
      this.offset = offset;
      this.ld = ld;
    }

    float[] elements() {
      return elements;
    }

    @Override
    public boolean transposed() {
      return transposed;
    }

    @Override
    public int offset() {
      return offset;
    }

    @Override
    public int ld() {
      return ld;
    }

    @Override
    public int room() {
      return elements.length;
    }
  }

  /// A matrix of F16 or BF16, which becomes f32 as it is packed, a few panels at a time.
  record Halves(boolean transposed, HalfStorage elements, int offset, int ld)
      implements RightMatrix {
    @Override
    public int room() {
      return elements.array().length;
    }
  }
}
