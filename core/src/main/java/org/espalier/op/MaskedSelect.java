package org.espalier.op;

import java.util.Arrays;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.spi.Layout;

/// The elements of a tensor where a mask is true, in row-major order, as a vector. The gradient
/// goes back to their places.
public final class MaskedSelect {
  private MaskedSelect() {}

  /// Returns `[n]` for a mask that is true `n` times; `x` and `mask` broadcast. The shape depends
  /// on the mask, which is read on the host.
  ///
  /// @throws TensorException when `mask` is not BOOL or does not fit
  public static Tensor apply(Tensor x, Tensor mask) {
    if (mask.dtype() != DType.BOOL) {
      throw new TensorException("maskedSelect needs a BOOL mask, not " + mask.dtype());
    }
    Shape shape = x.shape().broadcast(mask.shape());
    Tensor places = Tensor.of(places(mask, shape));
    return Rows.apply(x.expand(shape).reshape(shape.elements()), places.to(x.device()));
  }

  /// Returns where the mask, broadcast to `shape`, is true. It is small where it repeats, so it is
  /// read as it is.
  private static int[] places(Tensor mask, Shape shape) {
    boolean[] kept = mask.toBooleanArray();
    Layout layout = Layout.contiguous(mask.shape()).expand(shape);
    int[] places = new int[shape.elements()];
    int n = 0;
    for (int i = 0; i < places.length; i++) {
      int at = 0;
      int rest = i;
      for (int axis = shape.rank() - 1; axis >= 0; axis--) {
        at += rest % shape.size(axis) * layout.stride(axis);
        rest /= shape.size(axis);
      }
      places[n] = i;
      n += kept[at] ? 1 : 0;
    }
    return Arrays.copyOf(places, n);
  }
}
