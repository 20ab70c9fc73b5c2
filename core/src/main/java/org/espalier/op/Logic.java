package org.espalier.op;

import org.espalier.DType;
import org.espalier.Tensor;

/// And, or, exclusive or, and not, of any dtype: anything but 0 is true, NaN too. The results are
/// BOOL and have no gradient.
public final class Logic {
  private Logic() {}

  /// Returns where both are true.
  public static Tensor and(Tensor a, Tensor b) {
    return Mul.apply(a.to(DType.BOOL), b.to(DType.BOOL));
  }

  /// Returns where one is true, or both are.
  public static Tensor or(Tensor a, Tensor b) {
    return Add.apply(a.to(DType.BOOL), b.to(DType.BOOL));
  }

  /// Returns where one is true and the other is not.
  public static Tensor xor(Tensor a, Tensor b) {
    return a.to(DType.BOOL).notEqual(b.to(DType.BOOL));
  }

  /// Returns where `x` is not true.
  public static Tensor not(Tensor x) {
    return x.equalTo(0);
  }
}
