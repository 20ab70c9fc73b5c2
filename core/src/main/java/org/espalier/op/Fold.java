package org.espalier.op;

import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.BinaryKernel;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// The sum of overlapping windows: the transpose of [Unfold], and its gradient. Each element adds
/// what the windows hold for it in ascending place of the window, so the bits are always the same.
///
/// @param length size of the axis that the windows came from
/// @param windows how they lie along it
public record Fold(int length, Unfold windows) implements Op {
  /// Returns `[..., length, ...]` from windows `[..., windows, ..., size]`; elements in no window
  /// are zero.
  ///
  /// @throws org.espalier.TensorException when `x` has not the shape of these windows
  public static Tensor apply(Tensor x, int length, Unfold windows) {
    Op op = new Fold(length, windows);
    Kernels.requireRank(op, x, windows.axis() + 2);
    return Autograd.apply(op, x);
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    Tensor x = inputs[0];
    int axis = windows.axis();
    int last = x.rank() - 1;
    Shape shape = x.shape().without(last).with(axis, length);
    Tensor y = Tensor.zeros(x.dtype(), x.device(), shape);
    View in = Kernels.view(x);
    View out = Kernels.view(y);
    int count = x.size(axis);
    Kernels.requireShape(
        this,
        x,
        out.layout().unfold(axis, windows.size(), windows.step(), windows.dilation()).shape());
    for (int k = 0; k < windows.size(); k++) {
      int from = k * windows.dilation();
      View place =
          out.with(
              out.layout()
                  .slice(axis, from, from + (count - 1) * windows.step() + 1, windows.step()));
      View part = in.with(in.layout().select(last, k));
      Kernels.backend(x).binary(BinaryKernel.ADD, place, part, place);
    }
    return y;
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    return context.dense(Autograd.apply(windows, dy));
  }
}
