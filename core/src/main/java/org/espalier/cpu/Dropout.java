package org.espalier.cpu;

/// Dropout of one row, with the bits of `DropoutMask`.
final class Dropout {
  private Dropout() {}

  /// `y = x * scale` for kept columns and +0 for dropped ones; `y` may be `x` at the same offset.
  ///
  /// @param key from [DropoutMask#rowKey]
  /// @param threshold from [DropoutMask#threshold]
  /// @param scale from [DropoutMask#scale]
  static void apply(
      float[] x, int xOffset, float[] y, int yOffset, int n, int key, int threshold, float scale) {
    Rows.KERNELS.dropout(x, xOffset, y, yOffset, n, key, threshold, scale);
  }
}
