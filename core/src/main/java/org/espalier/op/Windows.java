package org.espalier.op;

import java.util.Arrays;
import org.espalier.Tensor;
import org.espalier.TensorException;

/// The windows that convolutions and poolings look through: views, after a copy for the border.
final class Windows {
  private Windows() {}

  /// Returns the slidings of `count` axes from one for all, or one each.
  static Sliding[] each(String name, int count, Sliding... slidings) {
    if (slidings.length != 1 && slidings.length != count) {
      throw new TensorException(
          name
              + " over "
              + count
              + " axes needs one Sliding for all of them or one for each, found "
              + slidings.length);
    }
    Sliding[] each = new Sliding[count];
    Arrays.setAll(each, i -> slidings[slidings.length == 1 ? 0 : i]);
    return each;
  }

  /// Checks that no window can lie in the padding alone.
  ///
  /// @throws TensorException when the padding of an axis is more than half of its window
  static void requireElements(String name, int[] sizes, Sliding[] slidings) {
    for (int i = 0; i < sizes.length; i++) {
      if (2L * slidings[i].padding() > sizes[i]) {
        throw new TensorException(
            name
                + ": padding "
                + slidings[i].padding()
                + " is more than half of a window of "
                + sizes[i]
                + ", so that a window could lie in the padding alone");
      }
    }
  }

  /// Returns the windows along the last axes of `x`: `[lead..., n...] -> [lead..., windows...,
  /// sizes...]`.
  ///
  /// @param border what the padding is filled with
  static Tensor of(String name, Tensor x, int[] sizes, Sliding[] slidings, double border) {
    int lead = x.rank() - sizes.length;
    int[] padding = new int[x.rank()];
    for (int i = 0; i < sizes.length; i++) {
      padding[lead + i] = slidings[i].padding();
      long span = (sizes[i] - 1L) * slidings[i].dilation() + 1;
      if (sizes[i] < 1 || span > x.size(lead + i) + 2L * slidings[i].padding()) {
        throw new TensorException(
            name
                + ": a window of "
                + span
                + " elements does not fit into axis "
                + (lead + i)
                + " of shape "
                + x.shape()
                + " with padding "
                + slidings[i].padding()
                + " on either side; pad more or use a smaller window");
      }
    }
    Tensor windows = Pad.apply(x, padding, padding, border);
    for (int i = 0; i < sizes.length; i++) {
      windows =
          Unfold.apply(windows, lead + i, sizes[i], slidings[i].stride(), slidings[i].dilation());
    }
    return windows;
  }

  /// Returns the numbers of the last axes as negative indices: `-count, ..., -1`.
  static int[] lastAxes(int count) {
    int[] axes = new int[count];
    Arrays.setAll(axes, i -> i - count);
    return axes;
  }
}
