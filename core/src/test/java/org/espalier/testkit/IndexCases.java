package org.espalier.testkit;

import static org.espalier.testkit.Input.integers;
import static org.espalier.testkit.Input.ints;
import static org.espalier.testkit.Input.normal;

import java.util.List;
import org.espalier.DType;
import org.espalier.op.Embedding;
import org.espalier.op.Rows;
import org.espalier.op.ScatterAdd;

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
                ScatterAdd.class,
                t -> ScatterAdd.apply(t[0], t[1], 5),
                normal(1, 6, 19),
                repeated)
            .terms(3),
        OpCase.of(
                "elements",
                ScatterAdd.class,
                t -> ScatterAdd.apply(t[0], t[1], 5),
                normal(1, 6),
                repeated)
            .terms(3),
        OpCase.of(
                "blocks",
                ScatterAdd.class,
                t -> ScatterAdd.apply(t[0], t[1], 5),
                normal(1, 6, 2, 3),
                repeated)
            .terms(3),
        OpCase.of(
                "none",
                ScatterAdd.class,
                t -> ScatterAdd.apply(t[0], t[1], 5),
                normal(1, 0, 2),
                ints())
            .terms(1),
        OpCase.of(
                "I32",
                ScatterAdd.class,
                t -> ScatterAdd.apply(t[0], t[1], 5),
                integers(DType.I32, 1, 6, 2),
                repeated)
            .exact()
            .noGradient());
  }
}
