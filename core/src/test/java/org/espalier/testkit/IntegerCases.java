package org.espalier.testkit;

import static org.espalier.testkit.Input.integers;
import static org.espalier.testkit.Input.normal;
import static org.espalier.testkit.Input.reals;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.op.Abs;
import org.espalier.op.Add;
import org.espalier.op.Cast;
import org.espalier.op.Clamp;
import org.espalier.op.Compare;
import org.espalier.op.Copy;
import org.espalier.op.FloorDiv;
import org.espalier.op.IsFinite;
import org.espalier.op.IsNan;
import org.espalier.op.Logic;
import org.espalier.op.MaskedFill;
import org.espalier.op.Maximum;
import org.espalier.op.Minimum;
import org.espalier.op.Mul;
import org.espalier.op.Neg;
import org.espalier.op.Pow;
import org.espalier.op.Relu;
import org.espalier.op.Rounding;
import org.espalier.op.Sign;
import org.espalier.op.Square;
import org.espalier.op.Sub;
import org.espalier.op.Where;

/// Cases of integers and booleans, of comparisons, logic and masks, and of conversions between
/// dtypes: exact, all of them.
final class IntegerCases {
  private static final DType[] DTYPES = {DType.I32, DType.I64, DType.BOOL};

  private IntegerCases() {}

  static List<OpCase> all() {
    List<OpCase> cases = new ArrayList<>();
    for (DType dtype : DTYPES) {
      unary(cases, dtype);
      binary(cases, dtype);
      comparisons(cases, dtype);
      selections(cases, dtype);
    }
    numbers(cases);
    conversions(cases);
    return cases;
  }

  private static void add(
      List<OpCase> cases,
      String name,
      Class<?> op,
      Function<Tensor[], Tensor> function,
      Input... inputs) {
    cases.add(OpCase.of(name, op, function, inputs).exact().noGradient());
  }

  private static void unary(List<OpCase> cases, DType dtype) {
    record Named(Class<?> op, String name, UnaryOperator<Tensor> function) {}
    List<Named> all =
        List.of(
            new Named(Abs.class, "", Tensor::abs),
            new Named(Square.class, "", Tensor::square),
            new Named(Relu.class, "", Tensor::relu),
            new Named(Sign.class, "", Tensor::sign),
            new Named(Rounding.class, " floor", Tensor::floor),
            new Named(Rounding.class, " ceil", Tensor::ceil),
            new Named(Rounding.class, " round", Tensor::round),
            new Named(Copy.class, "", Tensor::copy),
            new Named(IsNan.class, "", Tensor::isNan),
            new Named(IsFinite.class, "", Tensor::isFinite),
            new Named(Logic.class, " not", Tensor::logicalNot),
            new Named(Clamp.class, "", x -> x.clamp(-7, 1)),
            new Named(Pow.class, " 3", x -> x.pow(3)),
            new Named(
                Copy.class,
                " of an expanded view",
                x -> x.reshape(1, -1).expand(Shape.of(3, x.elements())).copy()));
    if (dtype != DType.BOOL) {
      add(cases, dtype + " rows", Neg.class, x -> x[0].neg(), integers(dtype, 3, 5, 67));
    }
    for (Named f : all) {
      add(
          cases,
          dtype + " rows" + f.name,
          f.op,
          x -> f.function.apply(x[0]),
          integers(dtype, 3, 5, 67));
    }
    add(cases, dtype + " scalar", Abs.class, x -> x[0].abs(), integers(dtype, 3));
    add(cases, dtype + " nothing", Abs.class, x -> x[0].abs(), integers(dtype, 3, 0, 4));
  }

  private static void binary(List<OpCase> cases, DType dtype) {
    record Named(Class<?> op, BinaryOperator<Tensor> function) {}
    List<Named> all =
        List.of(
            new Named(Add.class, Tensor::add),
            new Named(Sub.class, Tensor::sub),
            new Named(Mul.class, Tensor::mul),
            new Named(Maximum.class, Tensor::maximum),
            new Named(Minimum.class, Tensor::minimum),
            new Named(FloorDiv.class, Tensor::floorDiv),
            new Named(Pow.class, Tensor::pow));
    for (Named f : all) {
      if (dtype == DType.BOOL && (f.op == Sub.class || f.op == FloorDiv.class)) {
        continue;
      }
      int[][][] shapes = {
        {{5, 67}, {5, 67}},
        {{5, 67}, {67}},
        {{5, 67}, {5, 1}},
        {{3, 1}, {1, 5}},
        {{}, {7}},
        {{2, 3, 4}, {3, 1}},
        {{0, 5}, {5}}
      };
      for (int[][] s : shapes) {
        Input b = integers(dtype, 5, s[1]);
        add(
            cases,
            dtype + " " + Shape.of(s[0]) + " and " + Shape.of(s[1]),
            f.op,
            x -> f.function.apply(x[0], x[1]),
            integers(dtype, 4, s[0]),
            f.op == FloorDiv.class
                ? b.map(x -> x == 0 ? 3 : x)
                : f.op == Pow.class
                    ? b.map(x -> dtype == DType.BOOL ? 1 : x == 0 ? 3 : Math.abs(x))
                    : b);
      }
    }
    if (dtype != DType.BOOL) {
      add(
          cases,
          dtype + " with itself transposed",
          Sub.class,
          x -> x[0].sub(x[0].transpose()),
          integers(dtype, 6, 9, 9));
      add(
          cases,
          dtype + " to negative powers",
          Pow.class,
          x -> x[0].pow(x[1]),
          integers(dtype, 6, 9, 1).map(x -> x == 0 ? 1 : Math.signum(x) * (1 + Math.abs(x) % 2)),
          integers(dtype, 7, 1, 9).map(x -> -Math.abs(x)));
    }
  }

  private static void comparisons(List<OpCase> cases, DType dtype) {
    record Named(String name, Class<?> op, BinaryOperator<Tensor> function) {}
    List<Named> all =
        List.of(
            new Named("equal", Compare.class, Tensor::equalTo),
            new Named("not equal", Compare.class, Tensor::notEqual),
            new Named("less", Compare.class, Tensor::less),
            new Named("less or equal", Compare.class, Tensor::lessOrEqual),
            new Named("greater", Compare.class, Tensor::greater),
            new Named("greater or equal", Compare.class, Tensor::greaterOrEqual),
            new Named("and", Logic.class, Tensor::logicalAnd),
            new Named("or", Logic.class, Tensor::logicalOr),
            new Named("xor", Logic.class, Tensor::logicalXor));
    for (Named f : all) {
      Input a = integers(dtype, 1, 5, 67).map(x -> x % 3);
      Input row = integers(dtype, 2, 67).map(x -> x % 3);
      Input column = integers(dtype, 2, 5, 1).map(x -> x % 3);
      Function<Tensor[], Tensor> function = x -> f.function.apply(x[0], x[1]);
      add(cases, dtype + " rows " + f.name, f.op, function, a, row);
      add(cases, dtype + " columns " + f.name, f.op, function, column, a);
      if (dtype == DType.I32) {
        Input special = reals(Shape.of(6), 1, 2, 3, Double.NaN, -0.0, Double.NEGATIVE_INFINITY);
        Input other = reals(Shape.of(6), 2, 2, 2, Double.NaN, 0, 1);
        add(cases, "special " + f.name, f.op, function, special, other);
        add(cases, "reals " + f.name, f.op, function, normal(3, 5, 67), normal(3, 67));
      }
    }
  }

  private static void selections(List<OpCase> cases, DType dtype) {
    Input mask = integers(DType.BOOL, 3, 5, 67);
    Input a = integers(dtype, 4, 5, 67);
    add(
        cases,
        dtype + " rows",
        Where.class,
        x -> x[0].where(x[1], x[2]),
        mask,
        a,
        integers(dtype, 5, 67));
    add(cases, dtype + " filled", MaskedFill.class, x -> x[1].maskedFill(x[0], 1), mask, a);
    add(cases, dtype + " or a number", Where.class, x -> x[0].where(x[1], -2), mask, a);
    add(cases, dtype + " and a number", Where.class, x -> x[0].where(0, x[1]), mask, a);
  }

  private static void numbers(List<OpCase> cases) {
    Input x = normal(8, 5, 7);
    Input whole = integers(DType.I32, 8, 5, 7);
    add(cases, "number", Compare.class, t -> t[0].less(0.5), x);
    add(cases, "number or equal", Compare.class, t -> t[0].lessOrEqual(3), whole);
    add(cases, "number below", Compare.class, t -> t[0].greater(0.5), whole);
    add(cases, "number below or equal", Compare.class, t -> t[0].greaterOrEqual(-3), whole);
    add(cases, "same number", Compare.class, t -> t[0].equalTo(7), whole);
    add(cases, "other number", Compare.class, t -> t[0].notEqual(7), whole);
    add(cases, "number beyond I32", Compare.class, t -> t[0].less(3e9), whole);
    add(cases, "number beyond I64", Compare.class, t -> t[0].greater(-1e30), whole);
    add(cases, "two numbers", Where.class, t -> t[0].where(1, 0.5), integers(DType.BOOL, 8, 5, 7));
    Input mask = integers(DType.BOOL, 9, 5, 7);
    Input row = integers(DType.BOOL, 9, 7);
    cases.add(
        OpCase.of("reals", MaskedFill.class, t -> t[0].maskedFill(t[1], -3), x, mask).exact());
    cases.add(
        OpCase.of("reals by rows", MaskedFill.class, t -> t[0].maskedFill(t[1], 0.5), x, row)
            .exact());
    cases.add(OpCase.of("number", Maximum.class, t -> t[0].maximum(0.25), x).exact());
    cases.add(OpCase.of("number", Minimum.class, t -> t[0].minimum(-0.25), x).exact());
    add(cases, "fraction of integers", Clamp.class, t -> t[0].clamp(-0.5, 1.5), whole);
    add(cases, "beyond I32", Clamp.class, t -> t[0].clamp(-3, 3_000_000_000L), whole);
    cases.add(OpCase.of("reals by integers", Clamp.class, t -> t[0].clamp(-1, 1), x).exact());
    cases.add(OpCase.of("of reals", FloorDiv.class, t -> t[0].floorDiv(t[1]), x, row(7)));
    cases.add(OpCase.of("of reals by a number", FloorDiv.class, t -> t[0].floorDiv(0.5), x));
    add(cases, "of integers by a number", FloorDiv.class, t -> t[0].floorDiv(-7), whole);
  }

  private static Input row(int columns) {
    return normal(9, columns).map(v -> v < 0 ? v - 0.25 : v + 0.25);
  }

  /// From each dtype to each; reals come as F32 here and as F64 there.
  private static void conversions(List<OpCase> cases) {
    Input reals =
        reals(
            Shape.of(3, 4),
            0,
            -0.0,
            0.3,
            -1.5,
            100.7,
            -2047.9,
            1e-7,
            70000,
            3e9,
            -1e20,
            Double.NEGATIVE_INFINITY,
            Double.NaN);
    for (DType from : DType.values()) {
      for (DType to : DType.values()) {
        Input input = from.isFloating() ? reals : integers(from, 6, 3, 33);
        Function<Tensor[], Tensor> function = x -> x[0].to(from).to(to);
        add(cases, from + " as " + to, Cast.class, function, input);
        if (from.isFloating()) {
          add(cases, from + " as " + to + " rows", Cast.class, function, normal(6, 5, 67));
        }
      }
    }
  }
}
