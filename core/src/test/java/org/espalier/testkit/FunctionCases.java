package org.espalier.testkit;

import static org.espalier.testkit.Input.normal;
import static org.espalier.testkit.Input.reals;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.op.Clamp;
import org.espalier.op.Cos;
import org.espalier.op.Elu;
import org.espalier.op.Expm1;
import org.espalier.op.IsFinite;
import org.espalier.op.IsNan;
import org.espalier.op.LeakyRelu;
import org.espalier.op.Log1p;
import org.espalier.op.Pow;
import org.espalier.op.Reciprocal;
import org.espalier.op.Rounding;
import org.espalier.op.Rsqrt;
import org.espalier.op.Sign;
import org.espalier.op.Silu;
import org.espalier.op.Sin;
import org.espalier.op.Softplus;

/// Cases of powers, roundings, activations and other functions of one number.
final class FunctionCases {
  private static final int[][] SHAPES = {{}, {1}, {7}, {2, 3, 4}, {5, 67}, {3, 0, 2}};

  /// Over the whole range of F32, and the special values.
  private static final Input WIDE =
      reals(
          Shape.of(32),
          0,
          -0.0,
          1e-45,
          -1e-45,
          1e-30,
          -1e-30,
          1e-4,
          -1e-4,
          0.25,
          -0.25,
          0.5,
          -0.5,
          1.5,
          2.5,
          -2.5,
          5,
          -5,
          20,
          -20,
          66,
          -66,
          88.9,
          -88.9,
          -101,
          3141.5927,
          16777217,
          -8e6,
          1e20,
          -1e20,
          3.4e38,
          Double.POSITIVE_INFINITY,
          Double.NaN);

  private FunctionCases() {}

  static List<OpCase> all() {
    List<OpCase> cases = new ArrayList<>();
    DoubleUnaryOperator same = x -> x;
    DoubleUnaryOperator positive = x -> 0.1 + x * x;
    DoubleUnaryOperator awayFromZero = x -> x + Math.copySign(0.1, x);
    DoubleUnaryOperator awayFromSteps = x -> Math.floor(4 * x) + 0.3;
    function(cases, Log1p.class, "", Tensor::log1p, positive);
    function(cases, Expm1.class, "", Tensor::expm1, same);
    function(cases, Rsqrt.class, "", Tensor::rsqrt, positive);
    function(cases, Reciprocal.class, "", Tensor::reciprocal, awayFromZero);
    function(cases, Sin.class, "", Tensor::sin, same);
    function(cases, Cos.class, "", Tensor::cos, same);
    function(cases, Silu.class, "", Tensor::silu, same);
    function(cases, Sign.class, "", Tensor::sign, awayFromZero);
    function(cases, Rounding.class, " floor", Tensor::floor, awayFromSteps);
    function(cases, Rounding.class, " ceil", Tensor::ceil, awayFromSteps);
    function(cases, Rounding.class, " round", Tensor::round, awayFromSteps);
    function(cases, Clamp.class, " both", x -> x.clamp(-0.75, 0.5), same);
    function(cases, Clamp.class, " below", x -> x.clamp(-0.25, Double.POSITIVE_INFINITY), same);
    function(cases, Clamp.class, " above", x -> x.clamp(Double.NEGATIVE_INFINITY, 0.25), same);
    function(cases, LeakyRelu.class, "", x -> x.leakyRelu(0.1), awayFromZero);
    function(cases, Elu.class, "", x -> x.elu(1.5), awayFromZero);
    function(cases, Softplus.class, "", Tensor::softplus, same);
    function(cases, Softplus.class, " sharp", x -> x.softplus(2.5, 3), same);
    function(cases, Pow.class, " 2", x -> x.pow(2), same);
    function(cases, Pow.class, " 3", x -> x.pow(3), same);
    function(cases, Pow.class, " 5", x -> x.pow(5), same);
    function(cases, Pow.class, " -1", x -> x.pow(-1), awayFromZero);
    function(cases, Pow.class, " -2", x -> x.pow(-2), awayFromZero);
    function(cases, Pow.class, " -3", x -> x.pow(-3), awayFromZero);
    function(cases, Pow.class, " 0.5", x -> x.pow(0.5), positive);
    function(cases, Pow.class, " -0.5", x -> x.pow(-0.5), positive);
    function(cases, Pow.class, " 1.7", x -> x.pow(1.7), positive);
    function(cases, Pow.class, " 0", x -> x.pow(0), awayFromZero);
    powers(cases);
    wide(cases);
    cases.add(OpCase.of("special", IsNan.class, x -> x[0].isNan(), WIDE).exact().noGradient());
    cases.add(
        OpCase.of("special", IsFinite.class, x -> x[0].isFinite(), WIDE).exact().noGradient());
    return cases;
  }

  private static void function(
      List<OpCase> cases,
      Class<?> op,
      String setting,
      UnaryOperator<Tensor> function,
      DoubleUnaryOperator domain) {
    for (int[] sizes : SHAPES) {
      cases.add(
          OpCase.of(
              Shape.of(sizes) + setting,
              op,
              x -> function.apply(x[0]),
              normal(1, sizes).map(domain)));
    }
  }

  private static void powers(List<OpCase> cases) {
    int[][][] shapes = {
      {{}, {}},
      {{7}, {7}},
      {{5, 67}, {5, 67}},
      {{3, 5}, {}},
      {{}, {3, 5}},
      {{3, 1}, {1, 5}},
      {{0}, {1}}
    };
    for (int[][] s : shapes) {
      cases.add(
          OpCase.of(
              Shape.of(s[0]) + " and " + Shape.of(s[1]),
              Pow.class,
              x -> x[0].pow(x[1]),
              normal(2, s[0]).map(x -> 0.1 + x * x),
              normal(3, s[1])));
    }
    cases.add(
        OpCase.of(
            "one tensor twice",
            Pow.class,
            x -> x[0].pow(x[0]),
            normal(4, 3, 5).map(x -> 0.5 + Math.abs(x) / 2)));
    double inf = Double.POSITIVE_INFINITY;
    double nan = Double.NaN;
    double[] values = {
      0, -0.0, 1, -1, 0.5, -0.5, 2, -2, 3, -3, 1e-45, 1e-30, -1e30, 3.4e38, 16777217, inf, -inf, nan
    };
    int n = values.length;
    cases.add(
        OpCase.of(
                "every special value with each",
                Pow.class,
                x -> x[0].pow(x[1]),
                reals(Shape.of(n, 1), values),
                reals(Shape.of(1, n), values))
            .noGradient());
  }

  private static void wide(List<OpCase> cases) {
    Input limited = WIDE.map(x -> x < -87 ? -87 : x); // the exponential is 0 below -87.3
    wide(cases, Log1p.class, "", Tensor::log1p, WIDE);
    wide(cases, Expm1.class, "", Tensor::expm1, WIDE);
    wide(cases, Rsqrt.class, "", Tensor::rsqrt, WIDE);
    wide(cases, Reciprocal.class, "", Tensor::reciprocal, WIDE);
    wide(cases, Sin.class, "", Tensor::sin, WIDE);
    wide(cases, Cos.class, "", Tensor::cos, WIDE);
    wide(cases, Silu.class, "", Tensor::silu, WIDE);
    wide(cases, Sign.class, "", Tensor::sign, WIDE);
    wide(cases, Rounding.class, " floor", Tensor::floor, WIDE);
    wide(cases, Rounding.class, " ceil", Tensor::ceil, WIDE);
    wide(cases, Rounding.class, " round", Tensor::round, WIDE);
    wide(cases, Clamp.class, "", x -> x.clamp(-0.25, 88), WIDE);
    wide(cases, LeakyRelu.class, "", x -> x.leakyRelu(0.01), WIDE);
    wide(cases, Elu.class, "", x -> x.elu(1), WIDE);
    wide(cases, Softplus.class, "", Tensor::softplus, limited);
    wide(cases, Softplus.class, " never linear", x -> x.softplus(1, 1e30), limited);
    for (double p : new double[] {2, 3, -1, -2, 0.5, -0.5, 4, 0.375, -1.125, 0}) {
      wide(cases, Pow.class, " to " + p, x -> x.pow(p), WIDE);
    }
  }

  private static void wide(
      List<OpCase> cases, Class<?> op, String setting, UnaryOperator<Tensor> f, Input input) {
    cases.add(OpCase.of("wide range" + setting, op, x -> f.apply(x[0]), input).noGradient());
  }
}
