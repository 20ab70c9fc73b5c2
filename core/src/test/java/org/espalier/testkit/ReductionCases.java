package org.espalier.testkit;

import static org.espalier.testkit.Input.integers;
import static org.espalier.testkit.Input.normal;
import static org.espalier.testkit.Input.reals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.op.ArgMax;
import org.espalier.op.ArgMin;
import org.espalier.op.Cast;
import org.espalier.op.EuclideanNorm;
import org.espalier.op.LogSumExp;
import org.espalier.op.Max;
import org.espalier.op.Mean;
import org.espalier.op.Min;
import org.espalier.op.Norm;
import org.espalier.op.Prod;
import org.espalier.op.Sum;
import org.espalier.op.Variance;

/// Cases of sums, products, extremes and what is made of them.
final class ReductionCases {
  private ReductionCases() {}

  static List<OpCase> all() {
    Input x = normal(1, 2, 3, 4);
    Input wide = normal(2, 5, 131);
    Input special = reals(Shape.of(2, 4), 1, Double.NaN, 3, Double.NaN, 2, 7, 7, -1);
    List<OpCase> cases = new ArrayList<>(first(x, wide, special));
    extremes(cases, x, wide, special);
    products(cases, x);
    sumsInAnyOrder(cases);
    powers(cases);
    truth(cases);
    return cases;
  }

  private static List<OpCase> first(Input x, Input wide, Input special) {
    return List.of(
        OpCase.of("all", Sum.class, t -> t[0].sum(), x).terms(24),
        OpCase.of("last axis", Sum.class, t -> t[0].sum(-1), wide).terms(131),
        OpCase.of("first axis", Sum.class, t -> t[0].sum(0), normal(3, 150, 5)).terms(150),
        OpCase.of("middle axis", Sum.class, t -> t[0].sum(1), x).terms(3),
        OpCase.of("outer axes", Sum.class, t -> t[0].sum(0, 2), x).terms(8),
        OpCase.of("axis of one", Sum.class, t -> t[0].sum(1), normal(4, 3, 1, 2)).terms(1),
        OpCase.of("scalar", Sum.class, t -> t[0].sum(), normal(5)).terms(1),
        OpCase.of("empty axis", Sum.class, t -> t[0].sum(1), normal(6, 3, 0)).terms(1),
        OpCase.of(
                "of an expanded view",
                Sum.class,
                t -> t[0].expand(Shape.of(4, 7)).sum(0),
                normal(7, 7))
            .terms(4),
        OpCase.of("last axis", Mean.class, t -> t[0].mean(-1), wide).terms(131),
        OpCase.of("of squares", Sum.class, t -> t[0].square().sum(), x).terms(24),
        OpCase.of("I64", Sum.class, t -> t[0].sum(0), integers(DType.I64, 1, 9, 4))
            .exact()
            .noGradient(),
        OpCase.of("I32", Sum.class, t -> t[0].sum(), integers(DType.I32, 1, 9, 4))
            .exact()
            .noGradient(),
        OpCase.of("all", Max.class, t -> t[0].max(), x).exact(),
        OpCase.of("last axis", Max.class, t -> t[0].max(-1), wide).exact(),
        OpCase.of("first axis", Max.class, t -> t[0].max(0), wide).exact(),
        OpCase.of("outer axes", Max.class, t -> t[0].max(0, 2), x).exact(),
        OpCase.of("NaN wins", Max.class, t -> t[0].max(1), special).exact().noGradient(),
        OpCase.of("I32", Max.class, t -> t[0].max(1), integers(DType.I32, 1, 9, 4))
            .exact()
            .noGradient(),
        argMax("last axis", 1, wide),
        argMax("first axis", 0, wide),
        argMax("first largest and first NaN", 1, special),
        argMax("one element", 0, normal(1, 1)),
        argMax("I64", 0, integers(DType.I64, 1, 9, 4)));
  }

  private static void extremes(List<OpCase> cases, Input x, Input wide, Input special) {
    cases.add(OpCase.of("all", Min.class, t -> t[0].min(), x).exact());
    cases.add(OpCase.of("last axis", Min.class, t -> t[0].min(-1), wide).exact());
    cases.add(OpCase.of("first axis", Min.class, t -> t[0].min(0), wide).exact());
    cases.add(OpCase.of("outer axes", Min.class, t -> t[0].min(0, 2), x).exact());
    cases.add(OpCase.of("NaN wins", Min.class, t -> t[0].min(1), special).exact().noGradient());
    for (DType dtype : new DType[] {DType.I32, DType.I64, DType.BOOL}) {
      Input whole = integers(dtype, 1, 9, 4);
      for (int axis = 0; axis < 2; axis++) {
        int a = axis;
        String name = dtype + " along " + axis;
        cases.add(OpCase.of(name, Min.class, t -> t[0].min(a), whole).exact().noGradient());
        cases.add(OpCase.of(name, Max.class, t -> t[0].max(a), whole).exact().noGradient());
        cases.add(argMin(name, axis, whole));
        cases.add(argMax(name, axis, whole));
      }
    }
    cases.add(argMin("last axis", 1, wide));
    cases.add(argMin("first axis", 0, wide));
    cases.add(argMin("first smallest and first NaN", 1, special));
    cases.add(argMin("one element", 0, normal(1, 1)));
    cases.add(OpCase.of("all", ArgMin.class, t -> t[0].argMin(), wide).exact().noGradient());
    cases.add(OpCase.of("all", ArgMax.class, t -> t[0].argMax(), wide).exact().noGradient());
  }

  private static void products(List<OpCase> cases, Input x) {
    Input zeros = reals(Shape.of(3, 4), 2, 0, 3, 4, 0, 5, 0, -1, 0, 0, 0, 7);
    cases.add(OpCase.of("all", Prod.class, t -> t[0].prod(), x).terms(24));
    cases.add(OpCase.of("last axis", Prod.class, t -> t[0].prod(-1), normal(2, 3, 37)).terms(37));
    cases.add(OpCase.of("first axis", Prod.class, t -> t[0].prod(0), normal(2, 37, 9)).terms(37));
    cases.add(OpCase.of("outer axes", Prod.class, t -> t[0].prod(0, 2), x).terms(8));
    cases.add(OpCase.of("one element", Prod.class, t -> t[0].prod(0), normal(3, 1)).terms(1));
    cases.add(OpCase.of("scalar", Prod.class, t -> t[0].prod(), normal(3)).terms(1));
    cases.add(OpCase.of("one, two and three zeros", Prod.class, t -> t[0].prod(1), zeros).terms(4));
    cases.add(OpCase.of("empty axis", Prod.class, t -> t[0].prod(1), normal(4, 3, 0)).exact());
    cases.add(
        OpCase.of(
                "no overflow on the way",
                Prod.class,
                t -> t[0].prod(),
                normal(5, 64).map(v -> v > 0 ? 1e8 : 1e-8))
            .noGradient());
    for (DType dtype : new DType[] {DType.I32, DType.I64}) {
      cases.add(
          OpCase.of(dtype.name(), Prod.class, t -> t[0].prod(0), integers(dtype, 1, 9, 4))
              .exact()
              .noGradient());
    }
  }

  /// Sums whose layout would decide the order of additions if shapes did not.
  private static void sumsInAnyOrder(List<OpCase> cases) {
    Input x = normal(8, 3, 40, 20);
    for (int[] axes : new int[][] {{0}, {1}, {2}, {0, 1}, {0, 2}, {1, 2}, {0, 1, 2}}) {
      cases.add(
          OpCase.of("many, " + Arrays.toString(axes), Sum.class, t -> t[0].sum(axes), x)
              .terms(2400)
              .noGradient());
    }
    cases.add(
        OpCase.of("far more than a row", Sum.class, t -> t[0].sum(1), normal(9, 2, 9000))
            .terms(9000)
            .noGradient());
    for (DType dtype : new DType[] {DType.I32, DType.I64}) {
      cases.add(
          OpCase.of(
                  dtype + " outer axes",
                  Sum.class,
                  t -> t[0].sum(0, 2),
                  integers(dtype, 2, 3, 4, 5))
              .exact()
              .noGradient());
    }
  }

  private static void powers(List<OpCase> cases) {
    Input x = normal(10, 4, 35);
    cases.add(OpCase.of("variance", Variance.class, t -> t[0].var(1), x).terms(35));
    cases.add(OpCase.of("deviation", Variance.class, t -> t[0].std(0), x).terms(4));
    cases.add(
        OpCase.of("variance of all, uncorrected", Variance.class, t -> t[0].varCorrected(0), x)
            .terms(140));
    cases.add(
        OpCase.of("variance far from zero", Variance.class, t -> t[0].var(1), x.map(v -> 1000 + v))
            .terms(35)
            .noGradient());
    cases.add(
        OpCase.of("norm of order 0", Norm.class, t -> t[0].pNorm(0, 1), x).exact().noGradient());
    for (double p : new double[] {0.5, 1, 1.5, 2, 3, Double.POSITIVE_INFINITY}) {
      cases.add(OpCase.of("norm of order " + p, Norm.class, t -> t[0].pNorm(p, 1), x).terms(35));
    }
    Input far = reals(Shape.of(4, 2), 3e25, -4e25, 0.5, 2, 3e-25, 4e-25, 1e-3, 1e-4);
    cases.add(
        OpCase.of("rows far and near", EuclideanNorm.class, t -> t[0].norm(1), far)
            .terms(2)
            .noGradient());
    cases.add(OpCase.of("columns", EuclideanNorm.class, t -> t[0].norm(0), x).terms(4));
    cases.add(
        OpCase.of(
                "zeros",
                EuclideanNorm.class,
                t -> t[0].norm(1),
                reals(Shape.of(2, 2), 0, 0, 0, -0.0))
            .noGradient());
    cases.add(OpCase.of("empty axis", EuclideanNorm.class, t -> t[0].norm(1), normal(1, 3, 0)));
    Input flat = reals(Shape.of(3, 2), 0, 0, 3e30, -4e30, Double.POSITIVE_INFINITY, 1);
    cases.add(
        OpCase.of(
                "cubic norm of zeros, large and infinite", Norm.class, t -> t[0].pNorm(3, 1), flat)
            .noGradient());
    cases.add(OpCase.of("rows", LogSumExp.class, t -> t[0].logSumExp(1), x).terms(35));
    cases.add(OpCase.of("columns", LogSumExp.class, t -> t[0].logSumExp(0), x).terms(4));
    cases.add(OpCase.of("all", LogSumExp.class, t -> t[0].logSumExp(), x).terms(140));
    cases.add(OpCase.of("empty axis", LogSumExp.class, t -> t[0].logSumExp(1), normal(1, 2, 0)));
    double minus = Double.NEGATIVE_INFINITY;
    Input rows = reals(Shape.of(3, 3), minus, minus, minus, 1000, 1000, minus, -1000, minus, -999);
    cases.add(
        OpCase.of("infinite and far rows", LogSumExp.class, t -> t[0].logSumExp(1), rows)
            .noGradient());
  }

  private static void truth(List<OpCase> cases) {
    Input flags = integers(DType.BOOL, 1, 3, 2, 2);
    Input numbers = reals(Shape.of(3, 2), 0, -0.0, 0, Double.NaN, 0, 2);
    cases.add(OpCase.of("any", Max.class, t -> t[0].any(1, 2), flags).exact().noGradient());
    cases.add(OpCase.of("all true", Min.class, t -> t[0].all(1), flags).exact().noGradient());
    cases.add(OpCase.of("any number", Cast.class, t -> t[0].any(1), numbers).exact().noGradient());
    cases.add(OpCase.of("all numbers", Cast.class, t -> t[0].all(), numbers).exact().noGradient());
    cases.add(
        OpCase.of("any of nothing", Max.class, t -> t[0].any(1), integers(DType.BOOL, 1, 3, 0))
            .exact()
            .noGradient());
    cases.add(
        OpCase.of("all of nothing", Min.class, t -> t[0].all(1), integers(DType.BOOL, 1, 3, 0))
            .exact()
            .noGradient());
  }

  private static OpCase argMin(String name, int axis, Input input) {
    return OpCase.of(name, ArgMin.class, t -> t[0].argMin(axis), input).exact().noGradient();
  }

  private static OpCase argMax(String name, int axis, Input input) {
    return OpCase.of(name, ArgMax.class, t -> t[0].argMax(axis), input).exact().noGradient();
  }
}
