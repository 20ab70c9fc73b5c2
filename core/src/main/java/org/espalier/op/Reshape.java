package org.espalier.op;

import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.Layout;
import org.jspecify.annotations.Nullable;

/// The same elements in row-major order under another shape: a view where strides allow it, else a
/// copy.
///
/// @param to the new shape
public record Reshape(Shape to) implements Op {
  /// Returns `x` under another shape; one size may be -1 and is inferred.
  ///
  /// @throws TensorException when the number of elements differs
  public static Tensor apply(Tensor x, int... sizes) {
    Shape to = infer(x.shape(), sizes);
    return to.equals(x.shape()) ? x : Autograd.apply(new Reshape(to), x);
  }

  private static Shape infer(Shape from, int[] sizes) {
    int[] s = sizes.clone();
    int unknown = -1;
    long known = 1;
    for (int i = 0; i < s.length; i++) {
      if (s[i] == -1 && unknown < 0) {
        unknown = i;
      } else {
        known *= s[i];
      }
    }
    if (unknown >= 0) {
      s[unknown] = known == 0 ? 0 : (int) (from.elements() / known);
    }
    Shape to = Shape.of(s);
    if (to.elements() != from.elements()) {
      throw new TensorException(
          "reshape of "
              + from
              + " to "
              + java.util.Arrays.toString(sizes)
              + ": "
              + from.elements()
              + " elements do not fill it");
    }
    return to;
  }

  @Override
  public boolean movesOnly() {
    return true;
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    Layout layout = Kernels.view(inputs[0]).layout().reshape(to);
    return layout == null
        ? Kernels.alias(inputs[0].copy(), Layout.contiguous(to))
        : Kernels.alias(inputs[0], layout);
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    return context.dense(dy.reshape(context.inputShape(0).sizes()));
  }
}
