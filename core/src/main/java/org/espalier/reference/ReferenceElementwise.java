package org.espalier.reference;

import org.espalier.TensorException;
import org.espalier.spi.BinaryKernel;
import org.espalier.spi.UnaryKernel;
import org.espalier.spi.View;

/// Kernels whose element `i` of the output depends on element `i` of the inputs and nothing else.
final class ReferenceElementwise {
  private ReferenceElementwise() {}

  /// `out_i = value`.
  static void fill(View outView, double value) {
    Cells out = new Cells(outView);
    for (int i = 0; i < out.count; i++) {
      out.set(i, value);
    }
  }

  /// `out_i = x_i` in the dtype of `out`. Real to integer truncates towards zero, stops at the ends
  /// of the range and makes NaN zero; a longer integer loses its upper bits; anything but zero is
  /// true, NaN too.
  static void copy(View xView, View outView) {
    Cells x = new Cells(xView);
    Cells out = new Cells(outView);
    for (int i = 0; i < out.count; i++) {
      if (x.isReal()) {
        out.set(i, x.get(i));
      } else {
        out.setLong(i, x.getLong(i));
      }
    }
  }

  /// `out_i = f(x_i)`.
  static void unary(UnaryKernel kernel, View xView, View outView) {
    Cells x = new Cells(xView);
    Cells out = new Cells(outView);
    for (int i = 0; i < out.count; i++) {
      if (x.isReal()) {
        out.set(i, real(kernel, x.get(i)));
      } else {
        out.setLong(i, integer(kernel, x.getLong(i), x));
      }
    }
  }

  private static double real(UnaryKernel kernel, double x) {
    return switch (kernel) {
      case NEG -> -x;
      case ABS -> Math.abs(x);
      case EXP -> StrictMath.exp(x);
      case LOG -> StrictMath.log(x);
      case SQRT -> Math.sqrt(x);
      case RSQRT -> 1 / Math.sqrt(x);
      case RECIPROCAL -> 1 / x;
      case SQUARE -> x * x;
      case TANH -> StrictMath.tanh(x);
      case SIGMOID -> sigmoid(x);
      case RELU -> Math.max(x, 0);
      case ERF -> Erf.erf(x);
      case LOG1P -> StrictMath.log1p(x);
      case EXPM1 -> StrictMath.expm1(x);
      case SIN -> StrictMath.sin(x);
      case COS -> StrictMath.cos(x);
      case SILU -> x * sigmoid(x);
      case FLOOR -> Math.floor(x);
      case CEIL -> Math.ceil(x);
      case ROUND -> Math.rint(x);
      case SIGN -> Math.signum(x);
    };
  }

  private static long integer(UnaryKernel kernel, long x, Cells cells) {
    return switch (kernel) {
      case NEG -> -x;
      case ABS -> Math.abs(x);
      case SQUARE -> x * x;
      case RELU -> Math.max(x, 0);
      case FLOOR, CEIL, ROUND -> x;
      case SIGN -> Long.signum(x);
      case EXP, LOG, SQRT, RSQRT, RECIPROCAL, TANH, SIGMOID, ERF, LOG1P, EXPM1, SIN, COS, SILU ->
          throw new TensorException(
              kernel + " needs real numbers, found " + cells.dtype() + "; convert to F32 first");
    };
  }

  /// Returns `1 / (1 + e^-x)`, with all digits also where it is tiny.
  static double sigmoid(double x) {
    if (x >= 0) {
      return 1 / (1 + StrictMath.exp(-x));
    }
    double e = StrictMath.exp(x);
    return e / (1 + e);
  }

  /// `out_i = f(a_i, b_i)`. Booleans are the longs 0 and 1, and any result but 0 is true: so
  /// addition is "or", multiplication "and", subtraction "exclusive or".
  static void binary(BinaryKernel kernel, View aView, View bView, View outView) {
    Cells a = new Cells(aView);
    Cells b = new Cells(bView);
    Cells out = new Cells(outView);
    if (kernel == BinaryKernel.DIV || kernel == BinaryKernel.POW) {
      checkDomain(kernel, a, b);
    }
    for (int i = 0; i < out.count; i++) {
      if (a.isReal() || b.isReal()) {
        out.set(i, real(kernel, a.get(i), b.get(i)));
      } else {
        out.setLong(i, integer(kernel, a.getLong(i), b.getLong(i)));
      }
    }
  }

  private static double real(BinaryKernel kernel, double a, double b) {
    return switch (kernel) {
      case ADD -> a + b;
      case SUB -> a - b;
      case MUL -> a * b;
      case DIV -> a / b;
      case MAX -> Math.max(a, b);
      case MIN -> Math.min(a, b);
      case POW -> StrictMath.pow(a, b);
      case EQUAL -> a == b ? 1 : 0;
      case NOT_EQUAL -> a != b ? 1 : 0;
      case LESS -> a < b ? 1 : 0;
      case LESS_OR_EQUAL -> a <= b ? 1 : 0;
    };
  }

  /// Refuses zero divisors of integers, and zeros to a negative power, before anything is written.
  private static void checkDomain(BinaryKernel kernel, Cells a, Cells b) {
    if (a.isReal() || b.isReal()) {
      return;
    }
    for (int i = 0; i < a.count; i++) {
      long x = a.getLong(i);
      long y = b.getLong(i);
      if (kernel == BinaryKernel.DIV && y == 0) {
        throw new TensorException(
            "integer division of "
                + x
                + " by zero at element "
                + i
                + "; integers have no infinity: mask the zeros or divide as F32");
      }
      if (kernel == BinaryKernel.POW && x == 0 && y < 0) {
        throw new TensorException(
            "0 to the power "
                + y
                + " at element "
                + i
                + " divides by zero; integers have no infinity: mask the zeros or use F32");
      }
    }
  }

  private static long integer(BinaryKernel kernel, long a, long b) {
    return switch (kernel) {
      case ADD -> a + b;
      case SUB -> a - b;
      case MUL -> a * b;
      case DIV -> a / b;
      case MAX -> Math.max(a, b);
      case MIN -> Math.min(a, b);
      case POW -> power(a, b);
      case EQUAL -> a == b ? 1 : 0;
      case NOT_EQUAL -> a != b ? 1 : 0;
      case LESS -> a < b ? 1 : 0;
      case LESS_OR_EQUAL -> a <= b ? 1 : 0;
    };
  }

  /// Powers by repeated multiplication, which wraps around; what is between -1 and 1 truncates to
  /// 0.
  private static long power(long a, long b) {
    if (b < 0) {
      return a == 1 ? 1 : a == -1 ? (b % 2 == 0 ? 1 : -1) : 0;
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

  /// `out_i = condition_i ? a_i : b_i`.
  static void select(View conditionView, View aView, View bView, View outView) {
    Cells condition = new Cells(conditionView);
    Cells a = new Cells(aView);
    Cells b = new Cells(bView);
    Cells out = new Cells(outView);
    for (int i = 0; i < out.count; i++) {
      Cells chosen = condition.getLong(i) != 0 ? a : b;
      if (chosen.isReal()) {
        out.set(i, chosen.get(i));
      } else {
        out.setLong(i, chosen.getLong(i));
      }
    }
  }
}
