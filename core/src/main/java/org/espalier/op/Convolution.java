package org.espalier.op;

import java.util.Arrays;
import org.espalier.DType;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.jspecify.annotations.Nullable;

/// Convolution (cross-correlation, as in all of deep learning) over any number of axes:
///
/// `y[n, o, p...] = bias[o] + sum over c, k... of weight[o, c, k...] * x[n, g(o) + c, p * stride -
/// padding + k * dilation...]`
///
/// Channels and outputs are divided into groups that do not see each other. The windows are a view
/// ([Unfold]); one copy lines them up as the columns of a matrix, and one batched product does the
/// rest, so the bits do not depend on threads or on the other examples.
public final class Convolution {
  private Convolution() {}

  /// Returns `[batch, outputs, out...]` with `out = (in + 2 padding - dilation (kernel - 1) - 1) /
  /// stride + 1`.
  ///
  /// @param x `[batch, channels, in...]`
  /// @param weight `[outputs, channels / groups, kernel...]`
  /// @param bias `[outputs]`, or null
  /// @param groups divides channels and outputs
  /// @param slidings one for all axes, or one for each
  /// @throws TensorException when shapes do not fit
  public static Tensor apply(
      Tensor x, Tensor weight, @Nullable Tensor bias, int groups, Sliding... slidings) {
    int axes = weight.rank() - 2;
    check(x, weight, bias, groups);
    int[] kernel = Arrays.copyOfRange(weight.shape().sizes(), 2, 2 + axes);
    Sliding[] each = Windows.each("convolution", axes, slidings);
    // [batch, channels, out..., kernel...]
    Tensor windows = Windows.of("convolution", x, kernel, each, 0);
    int[] out = Arrays.copyOfRange(windows.shape().sizes(), 2, 2 + axes);
    int places = product(out);
    int batch = x.size(0);
    int inputs = x.size(1) / groups;
    int outputs = weight.size(0) / groups;
    int depth = inputs * product(kernel);
    // [batch, groups, channels * kernel, out], where neighbours along the last axis of the image
    // stay neighbours
    int[] order = new int[2 + 2 * axes];
    order[1] = 1;
    for (int i = 0; i < axes; i++) {
      order[2 + i] = 2 + axes + i;
      order[2 + axes + i] = 2 + i;
    }
    Tensor columns = windows.permute(order).reshape(batch, groups, depth, places);
    Tensor product = weight.reshape(groups, outputs, depth).matmul(columns);
    int[] shape = new int[2 + axes];
    shape[0] = batch;
    shape[1] = weight.size(0);
    System.arraycopy(out, 0, shape, 2, axes);
    return Channels.affine(product.reshape(shape), null, bias);
  }

  private static int product(int[] sizes) {
    int n = 1;
    for (int size : sizes) {
      n = Math.multiplyExact(n, size);
    }
    return n;
  }

  private static void check(Tensor x, Tensor weight, @Nullable Tensor bias, int groups) {
    boolean fits =
        weight.rank() >= 3
            && x.rank() == weight.rank()
            && groups >= 1
            && x.size(1) == weight.size(1) * groups
            && weight.size(0) % groups == 0
            && DType.promote(x.dtype(), weight.dtype()).isFloating()
            && (bias == null || (bias.rank() == 1 && bias.size(0) == weight.size(0)));
    if (!fits) {
      throw new TensorException(
          "convolution: input "
              + x.shape()
              + " "
              + x.dtype()
              + ", weight "
              + weight.shape()
              + " "
              + weight.dtype()
              + ", bias "
              + (bias == null ? "none" : bias.shape().toString())
              + ", "
              + groups
              + " groups; needs [batch, channels, in...], [outputs, channels / groups, kernel...]"
              + " and [outputs], and groups that divide channels and outputs");
    }
  }
}
