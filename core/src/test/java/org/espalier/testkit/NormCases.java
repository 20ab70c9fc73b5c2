package org.espalier.testkit;

import static org.espalier.testkit.Input.ints;
import static org.espalier.testkit.Input.normal;
import static org.espalier.testkit.Input.reals;

import java.util.List;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.op.BatchNorm;
import org.espalier.op.GroupNorm;
import org.espalier.op.InstanceNorm;
import org.espalier.op.RmsNorm;
import org.espalier.op.Rotary;
import org.espalier.op.RotaryTable;

/// Cases of norms other than layer norm, and of rotary embedding.
final class NormCases {
  private NormCases() {}

  static List<OpCase> all() {
    return List.of(
        rmsNorm("rows", normal(1, 5, 67), normal(2, 67)),
        rmsNorm("many rows", normal(1, 150, 6), normal(2, 6)).noGradient(),
        rmsNorm("three axes", normal(1, 2, 3, 5), normal(2, 5)),
        rmsNorm("one column", reals(Shape.of(3, 1), 1, -2, 0.5), normal(2, 1)),
        rmsNorm("zeros", normal(1, 2, 5).map(v -> 0), normal(2, 5)).noGradient(),
        rmsNorm("huge", normal(1, 2, 40).map(v -> 1e4 * v), normal(2, 40)).noGradient(),
        rmsNorm("no rows", normal(1, 0, 5), normal(2, 5)),
        OpCase.of(
                "batch statistics",
                BatchNorm.class,
                t -> BatchNorm.apply(t[0], t[1], t[2], 1e-5),
                normal(1, 4, 3, 2, 3),
                normal(2, 3),
                normal(3, 3))
            .terms(16),
        OpCase.of(
                "without weight and bias",
                BatchNorm.class,
                t -> BatchNorm.apply(t[0], null, null, 1e-5),
                normal(1, 6, 3))
            .terms(16),
        OpCase.of(
                "with running statistics to move",
                BatchNorm.class,
                NormCases::trained,
                normal(1, 6, 3),
                normal(2, 3),
                normal(3, 3))
            .terms(16),
        OpCase.of(
                "given statistics",
                BatchNorm.class,
                t -> BatchNorm.apply(t[0], t[1], t[2], t[3], t[4], 1e-5),
                normal(1, 2, 3, 4),
                normal(2, 3),
                normal(3, 3),
                normal(4, 3),
                normal(5, 3).map(v -> 0.5 + v * v))
            .terms(4),
        OpCase.of(
                "no examples",
                BatchNorm.class,
                t -> BatchNorm.apply(t[0], null, null, 1e-5),
                normal(1, 0, 3))
            .terms(4),
        groupNorm("two groups", 2, normal(1, 3, 4, 5)),
        groupNorm("one group", 1, normal(1, 2, 4, 2, 3)),
        groupNorm("without places", 2, normal(1, 3, 4)),
        groupNorm("no examples", 2, normal(1, 0, 4, 3)),
        OpCase.of(
                "images",
                InstanceNorm.class,
                t -> InstanceNorm.apply(t[0], t[1], t[2], 1e-5),
                normal(1, 2, 3, 4, 2),
                normal(2, 3),
                normal(3, 3))
            .terms(16),
        rotary("halves", false, normal(1, 5, 12), ints(0, 1, 2, 0, 1)),
        rotary("neighbours", true, normal(1, 5, 12), ints(0, 1, 2, 0, 1)),
        rotary("halves, wide", false, normal(1, 3, 2 * HEAD), ints(9, 3, 3)),
        rotary("neighbours, wide", true, normal(1, 3, 2 * HEAD), ints(9, 3, 3)),
        rotary("no rows", false, normal(1, 0, 12), ints()));
  }

  private static final int HEAD = 6;

  private static OpCase rmsNorm(String name, Input x, Input weight) {
    return OpCase.of(name, RmsNorm.class, t -> RmsNorm.apply(t[0], t[1], 1e-6), x, weight)
        .terms(16);
  }

  private static Tensor trained(Tensor[] t) {
    Tensor mean = Tensor.full(t[0].dtype(), t[0].device(), Shape.of(3), 0);
    Tensor variance = Tensor.full(t[0].dtype(), t[0].device(), Shape.of(3), 1);
    return BatchNorm.applyAndUpdate(t[0], t[1], t[2], mean, variance, 0.1, 1e-5);
  }

  private static OpCase groupNorm(String name, int groups, Input x) {
    return OpCase.of(
            name,
            GroupNorm.class,
            t -> GroupNorm.apply(t[0], groups, t[1], t[2], 1e-5),
            x,
            normal(2, 4),
            normal(3, 4))
        .terms(16);
  }

  private static OpCase rotary(String name, boolean interleaved, Input x, Input positions) {
    return OpCase.of(
            name,
            Rotary.class,
            t ->
                Rotary.apply(
                    t[0],
                    t[1],
                    RotaryTable.of(10, HEAD, 10000, t[0].dtype(), t[0].device()),
                    interleaved),
            x,
            positions)
        .terms(2);
  }
}
