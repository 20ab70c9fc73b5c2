package org.espalier.op;

import java.util.Arrays;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.jspecify.annotations.Nullable;

/// One number for each channel of `[batch, channels, ...]`.
final class Channels {
  private Channels() {}

  /// Returns `x * weight + bias`, both `[channels]` or null.
  static Tensor affine(Tensor x, @Nullable Tensor weight, @Nullable Tensor bias) {
    Tensor y = weight == null ? x : x.mul(of(weight, x));
    return bias == null ? y : y.add(of(bias, x));
  }

  /// Returns numbers of channels as a view that broadcasts with `x`.
  static Tensor of(Tensor channels, Tensor x) {
    int[] sizes = new int[x.rank() - 1];
    Arrays.fill(sizes, 1);
    sizes[0] = x.size(1);
    return channels.reshape(sizes);
  }

  /// Checks that `t`, if any, is `[channels]` of the dtype of `x`.
  static void check(Tensor x, @Nullable Tensor t, String what) {
    if (t != null && (t.rank() != 1 || t.size(0) != x.size(1) || t.dtype() != x.dtype())) {
      throw new TensorException(
          "input "
              + x.shape()
              + " "
              + x.dtype()
              + " needs a "
              + what
              + " of "
              + x.size(1)
              + " channels in its dtype, found "
              + t.shape()
              + " "
              + t.dtype());
    }
  }
}
