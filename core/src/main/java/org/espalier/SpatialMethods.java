package org.espalier;

import org.espalier.op.*;
import org.jspecify.annotations.Nullable;

/// The methods of [Tensor] that look at signals and images through windows.
sealed interface SpatialMethods permits Tensor {
  private Tensor self() {
    return (Tensor) this;
  }

  /// Returns the convolution `[batch, channels, length] -> [batch, outputs, out]` with a weight
  /// `[outputs, channels, kernel]`; see [Convolution], which also has groups.
  default Tensor conv1d(Tensor weight, @Nullable Tensor bias, Sliding sliding) {
    return convolution(1, weight, bias, sliding);
  }

  /// Returns the convolution `[batch, channels, height, width] -> [batch, outputs, outHeight,
  /// outWidth]` with a weight `[outputs, channels, kernelHeight, kernelWidth]`; see [Convolution],
  /// which also has groups, and a sliding for each axis.
  default Tensor conv2d(Tensor weight, @Nullable Tensor bias, Sliding sliding) {
    return convolution(2, weight, bias, sliding);
  }

  private Tensor convolution(int axes, Tensor weight, @Nullable Tensor bias, Sliding sliding) {
    if (weight.rank() != axes + 2) {
      throw new TensorException(
          "conv" + axes + "d needs a weight of " + (axes + 2) + " axes, found " + weight.shape());
    }
    return Convolution.apply(self(), weight, bias, 1, sliding);
  }

  /// Returns the maxima of windows of `size` elements along the last axis; see [MaxPool].
  default Tensor maxPool1d(int size, Sliding sliding) {
    return MaxPool.apply(self(), new int[] {size}, sliding);
  }

  /// Returns the maxima of square windows along the last two axes; see [MaxPool].
  default Tensor maxPool2d(int size, Sliding sliding) {
    return MaxPool.apply(self(), new int[] {size, size}, sliding);
  }

  /// Returns the means of windows of `size` elements along the last axis, the padding counted; see
  /// [AvgPool].
  default Tensor avgPool1d(int size, Sliding sliding) {
    return AvgPool.apply(self(), new int[] {size}, true, sliding);
  }

  /// Returns the means of square windows along the last two axes, the padding counted; see
  /// [AvgPool].
  default Tensor avgPool2d(int size, Sliding sliding) {
    return AvgPool.apply(self(), new int[] {size, size}, true, sliding);
  }

  /// Returns means over about equal shares of the last axes, which get these sizes; see
  /// [AdaptiveAvgPool].
  default Tensor adaptiveAvgPool(int... sizes) {
    return AdaptiveAvgPool.apply(self(), sizes);
  }
}
