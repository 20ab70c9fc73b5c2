package org.espalier.op;

import org.espalier.TensorException;

/// How the windows of a convolution or a pooling slide along an axis.
///
/// @param stride distance of windows, positive
/// @param padding elements added on either side of the axis
/// @param dilation distance of neighbours in a window, positive
public record Sliding(int stride, int padding, int dilation) {
  /// One step at a time, without padding.
  public static final Sliding DENSE = new Sliding(1, 0, 1);

  /// Checks the numbers.
  public Sliding {
    if (stride < 1 || padding < 0 || dilation < 1) {
      throw new TensorException(
          "windows slide by a stride from 1, with padding from 0 and dilation from 1; found "
              + stride
              + ", "
              + padding
              + " and "
              + dilation);
    }
  }

  /// Returns steps of `stride` without padding.
  public static Sliding by(int stride) {
    return new Sliding(stride, 0, 1);
  }

  /// Returns single steps with `padding` on either side.
  public static Sliding padded(int padding) {
    return new Sliding(1, padding, 1);
  }
}
