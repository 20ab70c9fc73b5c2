package org.espalier.op;

import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.jspecify.annotations.Nullable;

/// Batch normalisation (Ioffe, Szegedy 2015) of `[batch, channels, ...]`: `y = (x - mean) /
/// sqrt(variance + eps) * weight + bias`, with one mean and one variance (of the population) for
/// each channel. In training they are those of the batch, and gradients flow through them; in
/// inference they are running averages of those seen in training.
public final class BatchNorm {
  private BatchNorm() {}

  /// Returns `x` normalised by the statistics of the batch: training without running averages.
  ///
  /// @param weight `[channels]`, or null for 1
  /// @param bias `[channels]`, or null for 0
  /// @throws TensorException when shapes or dtypes do not fit, or each channel has but one value,
  ///   which has no variance
  public static Tensor apply(Tensor x, @Nullable Tensor weight, @Nullable Tensor bias, double eps) {
    check(x, weight, bias);
    Tensor centred = x.sub(Channels.of(mean(x), x));
    return scaled(centred, mean(centred.square()), weight, bias, eps);
  }

  /// Returns `x` normalised by the statistics of the batch, and moves the running ones towards
  /// them: `running = (1 - momentum) * running + momentum * batch`. What the running variance moves
  /// towards is divided by the count less one, as the estimate of the variance of all data.
  ///
  /// @param runningMean `[channels]`, changed in place
  /// @param runningVariance `[channels]`, changed in place
  /// @param momentum share of the new, usually 0.1
  /// @throws TensorException as [#apply(Tensor, Tensor, Tensor, double)]
  public static Tensor applyAndUpdate(
      Tensor x,
      @Nullable Tensor weight,
      @Nullable Tensor bias,
      Tensor runningMean,
      Tensor runningVariance,
      double momentum,
      double eps) {
    check(x, weight, bias);
    Channels.check(x, runningMean, "running mean");
    Channels.check(x, runningVariance, "running variance");
    Tensor mean = mean(x);
    Tensor centred = x.sub(Channels.of(mean, x));
    Tensor variance = mean(centred.square());
    int count = x.elements() / Math.max(1, x.size(1));
    if (count > 0) {
      double unbiased = (double) count / (count - 1);
      move(runningMean, mean.detach(), momentum);
      move(runningVariance, Autograd.noGrad(() -> variance.mul(unbiased)), momentum);
    }
    return scaled(centred, variance, weight, bias, eps);
  }

  /// Returns `x` normalised by these statistics: inference.
  ///
  /// @param mean `[channels]`
  /// @param variance `[channels]`
  /// @throws TensorException when shapes or dtypes do not fit
  public static Tensor apply(
      Tensor x,
      @Nullable Tensor weight,
      @Nullable Tensor bias,
      Tensor mean,
      Tensor variance,
      double eps) {
    checkShapes(x, weight, bias);
    Channels.check(x, mean, "mean");
    Channels.check(x, variance, "variance");
    return scaled(x.sub(Channels.of(mean, x)), variance, weight, bias, eps);
  }

  private static void move(Tensor running, Tensor batch, double momentum) {
    Autograd.noGrad(() -> {
      Tensor moved = running.mul(1 - momentum).add(batch.mul(momentum));
      running.copyInPlace(moved);
    });
  }

  /// Returns the mean of each channel, `[channels]`.
  private static Tensor mean(Tensor x) {
    int[] axes = new int[x.rank() - 1];
    for (int i = 1; i < axes.length; i++) {
      axes[i] = i + 1;
    }
    return x.mean(axes);
  }

  private static Tensor scaled(
      Tensor centred, Tensor variance, @Nullable Tensor weight, @Nullable Tensor bias, double eps) {
    Tensor deviation = variance.add(eps).sqrt();
    Tensor y = centred.div(Channels.of(deviation, centred));
    return Channels.affine(y, weight, bias);
  }

  private static void check(Tensor x, @Nullable Tensor weight, @Nullable Tensor bias) {
    checkShapes(x, weight, bias);
    if (x.elements() == x.size(1) && x.elements() > 0) {
      throw new TensorException(
          "batchNorm in training needs more than one value of each channel, found shape "
              + x.shape()
              + "; use a larger batch, or running statistics");
    }
  }

  private static void checkShapes(Tensor x, @Nullable Tensor weight, @Nullable Tensor bias) {
    if (x.rank() < 2 || !x.dtype().isFloating()) {
      throw new TensorException(
          "batchNorm needs floating [batch, channels, ...], found " + x.dtype() + " " + x.shape());
    }
    Channels.check(x, weight, "weight");
    Channels.check(x, bias, "bias");
  }
}
