package org.espalier.cpu;

import org.espalier.TensorException;
import org.espalier.spi.BinaryKernel;
import org.espalier.spi.BoolStorage;
import org.espalier.spi.UnaryKernel;
import org.espalier.spi.View;

/// Functions of two booleans, bytes 0 and 1, of any strides: what the same function of the numbers
/// 0 and 1 gives, where any result but 0 is true.
final class BoolElements {
  private BoolElements() {}

  /// Returns the bytes behind a BOOL view.
  static byte[] array(View view) {
    if (view.storage() instanceof BoolStorage s) {
      return s.array();
    }
    throw new TensorException("expected BOOL on the heap, found " + view.dtype());
  }

  /// `out = kernel(x)`: on 0 and 1 every function that integers have leaves things as they are.
  ///
  /// @throws TensorException for functions of reals
  static void unary(UnaryKernel kernel, View x, View out) {
    switch (kernel) {
      case NEG, ABS, SQUARE, RELU, SIGN, FLOOR, CEIL, ROUND -> Copies.copy(x, out);
      case EXP, LOG, SQRT, RSQRT, RECIPROCAL, TANH, SIGMOID, ERF, LOG1P, EXPM1, SIN, COS, SILU ->
          throw new TensorException(
              kernel + " needs real numbers, found BOOL; convert to F32 first");
    }
  }

  /// `out = kernel(a, b)`; `out` may be `a` or `b`.
  static void binary(BinaryKernel kernel, View a, View b, View out) {
    IntegerDomain.check(kernel, a, b);
    byte[] x = array(a);
    byte[] y = array(b);
    byte[] z = array(out);
    StridedLoop loop = new StridedLoop(a.layout(), b.layout(), out.layout());
    int sx = loop.step(0);
    int sy = loop.step(1);
    int sz = loop.step(2);
    loop.run((i, j, k, d, n) -> row(kernel, x, i, sx, y, j, sy, z, k, sz, n));
  }

  private static void row(
      BinaryKernel kernel,
      byte[] x,
      int xo,
      int sx,
      byte[] y,
      int yo,
      int sy,
      byte[] z,
      int zo,
      int sz,
      int n) {
    switch (kernel) {
      case ADD, MAX -> {
        for (int i = 0; i < n; i++) {
          z[zo + i * sz] = (byte) (x[xo + i * sx] | y[yo + i * sy]);
        }
      }
      case SUB, NOT_EQUAL -> {
        for (int i = 0; i < n; i++) {
          z[zo + i * sz] = (byte) (x[xo + i * sx] ^ y[yo + i * sy]);
        }
      }
      case MUL, MIN -> {
        for (int i = 0; i < n; i++) {
          z[zo + i * sz] = (byte) (x[xo + i * sx] & y[yo + i * sy]);
        }
      }
      case DIV -> { // by 1: zeros were refused
        for (int i = 0; i < n; i++) {
          z[zo + i * sz] = x[xo + i * sx];
        }
      }
      case POW -> {
        for (int i = 0; i < n; i++) {
          z[zo + i * sz] = (byte) (x[xo + i * sx] | (y[yo + i * sy] ^ 1));
        }
      }
      case EQUAL -> {
        for (int i = 0; i < n; i++) {
          z[zo + i * sz] = (byte) (x[xo + i * sx] ^ y[yo + i * sy] ^ 1);
        }
      }
      case LESS -> {
        for (int i = 0; i < n; i++) {
          z[zo + i * sz] = (byte) ((x[xo + i * sx] ^ 1) & y[yo + i * sy]);
        }
      }
      case LESS_OR_EQUAL -> {
        for (int i = 0; i < n; i++) {
          z[zo + i * sz] = (byte) ((x[xo + i * sx] ^ 1) | y[yo + i * sy]);
        }
      }
    }
  }
}
