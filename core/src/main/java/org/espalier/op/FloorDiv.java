package org.espalier.op;

import org.espalier.DType;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;

/// Division that rounds towards negative infinity: `y = floor(a / b)`, with broadcasting.
///
/// Integers stay integers and are exact: `7 // -2 = -4`, as in Python and PyTorch (Java's `/`
/// truncates to -3, `Math.floorDiv` gives -4). The smallest integer by -1 wraps around to itself.
/// Of reals it is `a.div(b).floor()`, so the quotient is rounded first; PyTorch corrects that, and
/// has 9 for 1 by 0.1 where this has 10. The gradient of reals is 0: the function is a staircase.
public final class FloorDiv {
  private FloorDiv() {}

  /// Returns the result in the later dtype of the two and the shape both broadcast to.
  ///
  /// @throws TensorException when an integer divisor is 0, or both operands are BOOL
  public static Tensor apply(Tensor a, Tensor b) {
    DType t = DType.promote(a.dtype(), b.dtype());
    if (t.isFloating()) {
      return Div.apply(a, b).floor();
    }
    if (t == DType.BOOL) {
      throw new TensorException("floorDiv of BOOL by BOOL: cast one with to(DType.I32)");
    }
    Tensor x = a.to(t);
    Tensor y = b.to(t);
    Tensor truncated = Autograd.apply(new Div(), x, y);
    Tensor rest = x.sub(truncated.mul(y));
    Tensor tooLarge = rest.notEqual(0).logicalAnd(rest.less(0).logicalXor(y.less(0)));
    return truncated.sub(tooLarge.to(t));
  }
}
