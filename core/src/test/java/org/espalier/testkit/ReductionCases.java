package org.espalier.testkit;

import static org.espalier.testkit.Input.integers;
import static org.espalier.testkit.Input.normal;
import static org.espalier.testkit.Input.reals;

import java.util.List;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.op.ArgMax;
import org.espalier.op.Max;
import org.espalier.op.Mean;
import org.espalier.op.Sum;

/// Cases of sums, means and maxima.
final class ReductionCases {
  private ReductionCases() {}

  static List<OpCase> all() {
    Input x = normal(1, 2, 3, 4);
    Input wide = normal(2, 5, 131);
    Input special = reals(Shape.of(2, 4), 1, Double.NaN, 3, Double.NaN, 2, 7, 7, -1);
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

  private static OpCase argMax(String name, int axis, Input input) {
    return OpCase.of(name, ArgMax.class, t -> t[0].argMax(axis), input).exact().noGradient();
  }
}
