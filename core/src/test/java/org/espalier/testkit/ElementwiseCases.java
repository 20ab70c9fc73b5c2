package org.espalier.testkit;

import static org.espalier.testkit.Input.integers;
import static org.espalier.testkit.Input.normal;
import static org.espalier.testkit.Input.reals;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.op.Abs;
import org.espalier.op.Add;
import org.espalier.op.Compare;
import org.espalier.op.Div;
import org.espalier.op.Dropout;
import org.espalier.op.Erf;
import org.espalier.op.Exp;
import org.espalier.op.FloorDiv;
import org.espalier.op.Gelu;
import org.espalier.op.Log;
import org.espalier.op.Maximum;
import org.espalier.op.Minimum;
import org.espalier.op.Mul;
import org.espalier.op.Neg;
import org.espalier.op.Op;
import org.espalier.op.Relu;
import org.espalier.op.Sigmoid;
import org.espalier.op.Sqrt;
import org.espalier.op.Square;
import org.espalier.op.Sub;
import org.espalier.op.Tanh;
import org.espalier.op.Where;

/// Cases of the ops that work element by element.
final class ElementwiseCases {
  /// Shapes from a scalar to one that fills vectors and leaves a rest.
  private static final int[][] SHAPES = {{}, {1}, {7}, {3, 5}, {2, 3, 4}, {5, 67}, {0}, {3, 0, 2}};

  private ElementwiseCases() {}

  static List<OpCase> all() {
    List<OpCase> cases = new ArrayList<>();
    DoubleUnaryOperator same = x -> x;
    DoubleUnaryOperator positive = x -> 0.1 + x * x;
    DoubleUnaryOperator awayFromZero = x -> x + Math.copySign(0.1, x);
    unary(cases, Neg.class, Tensor::neg, same);
    unary(cases, Abs.class, Tensor::abs, awayFromZero);
    unary(cases, Exp.class, Tensor::exp, same);
    unary(cases, Log.class, Tensor::log, positive);
    unary(cases, Sqrt.class, Tensor::sqrt, positive);
    unary(cases, Square.class, Tensor::square, same);
    unary(cases, Tanh.class, Tensor::tanh, same);
    unary(cases, Sigmoid.class, Tensor::sigmoid, same);
    unary(cases, Relu.class, Tensor::relu, awayFromZero);
    unary(cases, Erf.class, Tensor::erf, same);
    gelu(cases);
    binary(cases, Add.class, Tensor::add, same);
    binary(cases, Sub.class, Tensor::sub, same);
    binary(cases, Mul.class, Tensor::mul, same);
    binary(cases, Div.class, Tensor::div, awayFromZero);
    binary(cases, Maximum.class, Tensor::maximum, same);
    binary(cases, Minimum.class, Tensor::minimum, same);
    compare(cases);
    where(cases);
    wideRange(cases);
    integer(cases);
    for (double p : new double[] {0.1, 0.5, 1}) {
      cases.add(
          OpCase.of("p " + p, Dropout.class, x -> Dropout.apply(x[0], p, 42, 3), normal(9, 5, 67)));
    }
    cases.add(
        OpCase.of(
            "half a block left over",
            Dropout.class,
            x -> Dropout.apply(x[0], 0.5, 42, 3),
            normal(9, 5, 51)));
    cases.add(
        OpCase.of("empty", Dropout.class, x -> Dropout.apply(x[0], 0.5, 42, 3), normal(9, 0, 4)));
    return cases;
  }

  private static String name(int[] sizes) {
    return Shape.of(sizes).toString();
  }

  private static void unary(
      List<OpCase> cases,
      Class<? extends Op> op,
      UnaryOperator<Tensor> function,
      DoubleUnaryOperator domain) {
    for (int[] sizes : SHAPES) {
      cases.add(
          OpCase.of(name(sizes), op, x -> function.apply(x[0]), normal(1, sizes).map(domain)));
    }
  }

  /// The left tail of GELU is a product with a difference that cancels: its digits are those of 1.
  private static void gelu(List<OpCase> cases) {
    for (boolean tanh : new boolean[] {false, true}) {
      for (int[] sizes : SHAPES) {
        cases.add(
            OpCase.of(
                    name(sizes) + (tanh ? " tanh" : " erf"),
                    Gelu.class,
                    x -> org.espalier.autograd.Autograd.apply(new Gelu(tanh), x[0]),
                    normal(1, sizes).map(v -> 2 * v))
                .terms(1));
      }
    }
  }

  private static void binary(
      List<OpCase> cases,
      Class<? extends Op> op,
      BinaryOperator<Tensor> function,
      DoubleUnaryOperator divisor) {
    for (int[] sizes : SHAPES) {
      pair(cases, op, function, normal(2, sizes), normal(3, sizes).map(divisor), name(sizes));
    }
    int[][][] broadcasts = {
      {{3, 5}, {}},
      {{}, {3, 5}},
      {{3, 5}, {5}},
      {{3, 5}, {3, 1}},
      {{3, 1}, {1, 5}},
      {{2, 3, 4}, {3, 1}},
      {{2, 1, 33}, {4, 1}},
      {{0, 5}, {1, 5}}
    };
    for (int[][] shapes : broadcasts) {
      pair(
          cases,
          op,
          function,
          normal(2, shapes[0]),
          normal(3, shapes[1]).map(divisor),
          name(shapes[0]) + " and " + name(shapes[1]));
    }
    cases.add(
        OpCase.of(
            "one tensor twice",
            op,
            x -> function.apply(x[0], x[0].add(3)),
            normal(4, 3, 5).map(Math::abs)));
  }

  private static void pair(
      List<OpCase> cases,
      Class<? extends Op> op,
      BinaryOperator<Tensor> function,
      Input a,
      Input b,
      String name) {
    cases.add(OpCase.of(name, op, x -> function.apply(x[0], x[1]), a, b));
  }

  private static void compare(List<OpCase> cases) {
    Input a = reals(Shape.of(6), 1, 2, 3, Double.NaN, -0.0, Double.NEGATIVE_INFINITY);
    Input b = reals(Shape.of(6), 2, 2, 2, Double.NaN, 0, 1);
    compare(cases, Tensor::less, a, b, "less");
    compare(cases, Tensor::lessOrEqual, a, b, "less or equal");
    compare(cases, Tensor::equalTo, a, b, "equal");
    compare(cases, Tensor::less, normal(5, 5, 67), normal(6, 67), "rows");
    compare(cases, Tensor::less, integers(DType.I32, 1, 40), integers(DType.I32, 2, 40), "I32");
    compare(cases, Tensor::equalTo, integers(DType.I64, 1, 40), integers(DType.I64, 2, 40), "I64");
    compare(
        cases, Tensor::equalTo, integers(DType.BOOL, 1, 40), integers(DType.BOOL, 2, 40), "BOOL");
    compare(cases, Tensor::less, integers(DType.I32, 1, 40), normal(7, 40), "I32 and real");
  }

  private static void compare(
      List<OpCase> cases, BinaryOperator<Tensor> function, Input a, Input b, String name) {
    cases.add(
        OpCase.of(name, Compare.class, x -> function.apply(x[0], x[1]), a, b).exact().noGradient());
  }

  private static void where(List<OpCase> cases) {
    Input condition = integers(DType.BOOL, 3, 5, 67);
    where(cases, condition, normal(1, 5, 67), normal(2, 5, 67), "same shape");
    where(cases, condition, normal(1, 67), normal(2), "broadcast choices");
    where(
        cases,
        integers(DType.BOOL, 3, 5, 1),
        normal(1, 5, 3),
        normal(2, 1, 3),
        "broadcast condition");
    where(cases, integers(DType.BOOL, 3, 0), normal(1, 0), normal(2), "empty");
    cases.add(
        OpCase.of(
                "I64",
                Where.class,
                x -> x[0].where(x[1], x[2]),
                condition,
                integers(DType.I64, 4, 5, 67),
                integers(DType.I64, 5, 67))
            .exact()
            .noGradient());
  }

  private static void where(List<OpCase> cases, Input condition, Input a, Input b, String name) {
    cases.add(OpCase.of(name, Where.class, x -> x[0].where(x[1], x[2]), condition, a, b).exact());
  }

  /// Values over the whole range of F32, and the special ones; too steep for differences.
  private static void wideRange(List<OpCase> cases) {
    Input wide =
        reals(
            Shape.of(20),
            0,
            -0.0,
            1e-30,
            -1e-30,
            1e-4,
            -1e-4,
            5,
            -5,
            20,
            -20,
            80,
            -80,
            88.7,
            -87.3,
            120,
            -120,
            1e20,
            -1e20,
            Double.POSITIVE_INFINITY,
            Double.NaN);
    Input positive = wide.map(Math::abs);
    record Wide(Class<? extends Op> op, UnaryOperator<Tensor> function, Input input) {}
    List<Wide> all =
        List.of(
            new Wide(Neg.class, Tensor::neg, wide),
            new Wide(Abs.class, Tensor::abs, wide),
            new Wide(Exp.class, Tensor::exp, wide.map(x -> x < -87 ? -87 : x)),
            new Wide(Log.class, Tensor::log, positive),
            new Wide(Sqrt.class, Tensor::sqrt, positive),
            new Wide(Tanh.class, Tensor::tanh, wide),
            new Wide(Sigmoid.class, Tensor::sigmoid, wide.map(x -> x < -87 ? -87 : x)),
            new Wide(Relu.class, Tensor::relu, wide),
            new Wide(Erf.class, Tensor::erf, wide));
    for (Wide w : all) {
      cases.add(OpCase.of("wide range", w.op, x -> w.function.apply(x[0]), w.input).noGradient());
    }
    cases.add(
        OpCase.of("NaN wins", Maximum.class, x -> x[0].maximum(x[1]), wide, normal(1, 20))
            .exact()
            .noGradient());
    cases.add(
        OpCase.of("NaN wins", Minimum.class, x -> x[0].minimum(x[1]), wide, normal(1, 20))
            .exact()
            .noGradient());
  }

  private static void integer(List<OpCase> cases) {
    for (DType dtype : new DType[] {DType.I32, DType.I64}) {
      Input a = integers(dtype, 1, 5, 7);
      Input b = integers(dtype, 2, 7);
      Input divisor = b.map(x -> x == 0 ? 3 : x);
      integer(cases, Add.class, dtype, x -> x[0].add(x[1]), a, b);
      integer(cases, Sub.class, dtype, x -> x[0].sub(x[1]), a, b);
      integer(cases, Mul.class, dtype, x -> x[0].mul(x[1]), a, b);
      cases.add(
          OpCase.of(dtype.toString(), FloorDiv.class, x -> x[0].floorDiv(x[1]), a, divisor)
              .exact()
              .noGradient());
      cases.add(
          OpCase.of(dtype.toString(), Div.class, x -> x[0].div(x[1]), a, divisor).noGradient());
      integer(cases, Maximum.class, dtype, x -> x[0].maximum(x[1]), a, b);
      integer(cases, Neg.class, dtype, x -> x[0].neg(), a);
      integer(cases, Abs.class, dtype, x -> x[0].abs(), a);
      integer(cases, Square.class, dtype, x -> x[0].square(), a);
      integer(cases, Relu.class, dtype, x -> x[0].relu(), a);
    }
    Input p = integers(DType.BOOL, 1, 5, 7);
    Input q = integers(DType.BOOL, 2, 7);
    integer(cases, Add.class, DType.BOOL, x -> x[0].add(x[1]), p, q);
    integer(cases, Mul.class, DType.BOOL, x -> x[0].mul(x[1]), p, q);
    integer(cases, Maximum.class, DType.BOOL, x -> x[0].maximum(x[1]), p, q);
  }

  private static void integer(
      List<OpCase> cases,
      Class<? extends Op> op,
      DType dtype,
      java.util.function.Function<Tensor[], Tensor> function,
      Input... inputs) {
    cases.add(OpCase.of(dtype.toString(), op, function, inputs).exact().noGradient());
  }
}
