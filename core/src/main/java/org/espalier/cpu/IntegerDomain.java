package org.espalier.cpu;

import java.util.concurrent.atomic.AtomicBoolean;
import org.espalier.TensorException;
import org.espalier.spi.BinaryKernel;
import org.espalier.spi.HeapStorage;
import org.espalier.spi.View;

/// What integer division and powers are not defined for, found before anything is written.
final class IntegerDomain {
  private IntegerDomain() {}

  /// Refuses divisors that are zero, and zeros to a negative power.
  ///
  /// @throws TensorException naming the first such element
  static void check(BinaryKernel kernel, View a, View b) {
    if (kernel != BinaryKernel.DIV && kernel != BinaryKernel.POW) {
      return;
    }
    HeapStorage x = a.heap();
    HeapStorage y = b.heap();
    StridedLoop loop = new StridedLoop(a.layout(), b.layout());
    int sx = loop.step(0);
    int sy = loop.step(1);
    AtomicBoolean outside = new AtomicBoolean();
    loop.run((i, j, c, d, n) -> {
      boolean any = false;
      for (int q = 0; q < n; q++) {
        any |= isOutside(kernel, x.getLong(i + q * sx), y.getLong(j + q * sy));
      }
      if (any) {
        outside.set(true);
      }
    });
    if (outside.get()) {
      throw refusal(kernel, a, b);
    }
  }

  private static boolean isOutside(BinaryKernel kernel, long a, long b) {
    return kernel == BinaryKernel.DIV ? b == 0 : a == 0 && b < 0;
  }

  private static TensorException refusal(BinaryKernel kernel, View a, View b) {
    int first = 0;
    while (!isOutside(kernel, element(a, first), element(b, first))) {
      first++;
    }
    String what =
        kernel == BinaryKernel.DIV
            ? "integer division of " + element(a, first) + " by zero at element " + first
            : "0 to the power " + element(b, first) + " at element " + first + " divides by zero";
    return new TensorException(
        what + "; integers have no infinity: mask the zeros or compute in F32");
  }

  private static long element(View view, int i) {
    int at = view.offset();
    for (int axis = view.shape().rank() - 1, left = i; axis >= 0; axis--) {
      at += left % view.shape().size(axis) * view.layout().stride(axis);
      left /= view.shape().size(axis);
    }
    return view.heap().getLong(at);
  }

  /// `a ^ b`, wrapping around; truncated towards zero when `b` is negative, where `a` is not 0.
  static long power(long a, long b) {
    if (b < 0) {
      return a == 1 || (a == -1 && b % 2 == 0) ? 1 : a == -1 ? -1 : 0;
    }
    long power = 1;
    long square = a;
    for (long left = b; left > 0; left >>= 1) {
      if ((left & 1) == 1) {
        power *= square;
      }
      square *= square;
    }
    return power;
  }
}
