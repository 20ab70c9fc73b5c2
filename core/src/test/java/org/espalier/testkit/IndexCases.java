package org.espalier.testkit;

import static org.espalier.testkit.Input.integers;
import static org.espalier.testkit.Input.ints;
import static org.espalier.testkit.Input.normal;
import static org.espalier.testkit.Input.reals;

import java.util.List;
import java.util.function.Function;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.op.Embedding;
import org.espalier.op.IndexAdd;
import org.espalier.op.IndexSelect;
import org.espalier.op.MaskedSelect;
import org.espalier.op.Nonzero;
import org.espalier.op.OneHot;
import org.espalier.op.Rows;

/// Cases of look-ups and their transpose.
final class IndexCases {
  private IndexCases() {}

  static List<OpCase> all() {
    Input repeated = ints(4, 0, 4, 4, 2, 0);
    return List.of(
        OpCase.of(
                "repeated ids",
                Embedding.class,
                t -> Embedding.apply(t[0], t[1]),
                normal(1, 5, 19),
                repeated)
            .exact(),
        OpCase.of(
            "squared",
            Embedding.class,
            t -> Embedding.apply(t[0], t[1]).square(),
            normal(1, 5, 3),
            repeated),
        OpCase.of(
                "no ids",
                Embedding.class,
                t -> Embedding.apply(t[0], t[1]),
                normal(1, 5, 3),
                ints())
            .exact(),
        OpCase.of("repeated", Rows.class, t -> t[0].rows(t[1]), normal(1, 5, 19), repeated).exact(),
        OpCase.of("elements", Rows.class, t -> t[0].rows(t[1]), normal(1, 5), repeated).exact(),
        OpCase.of("blocks", Rows.class, t -> t[0].rows(t[1]), normal(1, 5, 2, 3), repeated).exact(),
        OpCase.of("none", Rows.class, t -> t[0].rows(t[1]), normal(1, 5, 2), ints()).exact(),
        OpCase.of("I64", Rows.class, t -> t[0].rows(t[1]), integers(DType.I64, 1, 5, 2), repeated)
            .exact()
            .noGradient(),
        OpCase.of(
                "repeated",
                IndexAdd.class,
                t -> IndexAdd.apply(t[0], t[1], 5),
                normal(1, 6, 19),
                repeated)
            .terms(3),
        OpCase.of(
                "elements",
                IndexAdd.class,
                t -> IndexAdd.apply(t[0], t[1], 5),
                normal(1, 6),
                repeated)
            .terms(3),
        OpCase.of(
                "blocks",
                IndexAdd.class,
                t -> IndexAdd.apply(t[0], t[1], 5),
                normal(1, 6, 2, 3),
                repeated)
            .terms(3),
        OpCase.of(
                "none", IndexAdd.class, t -> IndexAdd.apply(t[0], t[1], 5), normal(1, 0, 2), ints())
            .terms(1),
        OpCase.of(
                "I32",
                IndexAdd.class,
                t -> IndexAdd.apply(t[0], t[1], 5),
                integers(DType.I32, 1, 6, 2),
                repeated)
            .exact()
            .noGradient(),
        byWide("Rows", Rows.class, t -> t[0].rows(t[1])),
        byWide("Embedding", Embedding.class, t -> t[0].embedding(t[1])),
        byWide("IndexAdd", IndexAdd.class, t -> IndexAdd.apply(t[0], t[1], 7)),
        rows(DType.I32),
        rows(DType.BOOL),
        OpCase.of(
                "of a transposed view",
                Rows.class,
                t -> t[0].transpose().rows(t[1]),
                normal(1, 3, 5),
                repeated)
            .exact(),
        scatter(DType.I64),
        scatter(DType.BOOL),
        OpCase.of(
                "of a transposed view",
                IndexAdd.class,
                t -> IndexAdd.apply(t[0].transpose(), t[1], 5),
                normal(1, 3, 6),
                repeated)
            .terms(3),
        indexSelect("first axis", 0, normal(1, 5, 2, 3), repeated),
        indexSelect("middle axis", 1, normal(1, 2, 5, 3), repeated),
        indexSelect("last axis", -1, normal(1, 2, 5), repeated),
        indexSelect("nothing", 1, normal(1, 2, 5), ints()),
        indexSelect("I32", 1, integers(DType.I32, 1, 2, 5), repeated).noGradient(),
        maskedSelect("elements", normal(1, 3, 4), integers(DType.BOOL, 1, 3, 4)),
        maskedSelect("rows", normal(1, 3, 4), integers(DType.BOOL, 1, 3, 1)),
        maskedSelect("a scalar often", normal(1), integers(DType.BOOL, 2, 6)),
        maskedSelect("nothing", normal(1, 0, 3), integers(DType.BOOL, 2, 3)),
        nonzero("reals", reals(Shape.of(2, 4), 0, 1, -0.0, Double.NaN, 3, 0, 0, -1e-40)),
        nonzero("I64", integers(DType.I64, 1, 3, 2)),
        nonzero("BOOL", integers(DType.BOOL, 1, 3, 2, 2)),
        nonzero("nothing", normal(1, 0, 2)),
        nonzero("scalar", normal(1)),
        oneHot("I32", 5, repeated),
        oneHot("I64", 3, integers(DType.I64, 1, 2, 3).map(v -> Math.abs(v) % 3)),
        oneHot("none", 3, ints()));
  }

  private static OpCase byWide(String name, Class<?> op, Function<Tensor[], Tensor> function) {
    Input indices = Input.places(DType.I64, 6, 6);
    return OpCase.of(name + " by I64", op, function, normal(1, 6, 19), indices).terms(6);
  }

  private static OpCase rows(DType dtype) {
    return OpCase.of(
            dtype.toString(),
            Rows.class,
            t -> t[0].rows(t[1]),
            integers(dtype, 1, 5, 2),
            ints(4, 0, 4, 4, 2, 0))
        .exact()
        .noGradient();
  }

  private static OpCase scatter(DType dtype) {
    return OpCase.of(
            dtype.toString(),
            IndexAdd.class,
            t -> IndexAdd.apply(t[0], t[1], 5),
            integers(dtype, 1, 6, 2),
            ints(4, 0, 4, 4, 2, 0))
        .exact()
        .noGradient();
  }

  private static OpCase indexSelect(String name, int axis, Input x, Input indices) {
    return OpCase.of(name, IndexSelect.class, t -> t[0].indexSelect(axis, t[1]), x, indices)
        .exact();
  }

  private static OpCase maskedSelect(String name, Input x, Input mask) {
    return OpCase.of(name, MaskedSelect.class, t -> t[0].maskedSelect(t[1]), x, mask).exact();
  }

  private static OpCase nonzero(String name, Input x) {
    return OpCase.of(name, Nonzero.class, t -> t[0].nonzero(), x).exact().noGradient();
  }

  private static OpCase oneHot(String name, int classes, Input x) {
    return OpCase.of(name, OneHot.class, t -> t[0].oneHot(classes), x).exact().noGradient();
  }
}
