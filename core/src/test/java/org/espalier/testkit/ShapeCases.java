package org.espalier.testkit;

import static org.espalier.testkit.Input.integers;
import static org.espalier.testkit.Input.normal;
import static org.espalier.testkit.Input.reals;

import java.util.List;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Shape;
import org.espalier.autograd.Autograd;
import org.espalier.op.Alias;
import org.espalier.op.Cast;
import org.espalier.op.Concat;
import org.espalier.op.Copy;
import org.espalier.op.Expand;
import org.espalier.op.Permute;
import org.espalier.op.Reshape;
import org.espalier.op.Slice;
import org.espalier.op.Transfer;

/// Cases of the ops that move values without computing.
final class ShapeCases {
  private ShapeCases() {}

  static List<OpCase> all() {
    Input x = normal(1, 2, 3, 4);
    return List.of(
        OpCase.of("same values", Alias.class, t -> Autograd.apply(new Alias(), t[0]), x).exact(),
        OpCase.of("copy", Copy.class, t -> t[0].copy(), x).exact(),
        OpCase.of("scalar", Copy.class, t -> t[0].copy(), normal(1)).exact(),
        OpCase.of("empty", Copy.class, t -> t[0].copy(), normal(1, 0, 3)).exact(),
        OpCase.of(
                "of an expanded view",
                Copy.class,
                t -> t[0].expand(Shape.of(3, 5)).copy(),
                normal(1, 5))
            .exact(),
        OpCase.of("merge", Reshape.class, t -> t[0].reshape(6, -1), x).exact(),
        OpCase.of("split", Reshape.class, t -> t[0].reshape(2, 3, 2, 1, 2), x).exact(),
        OpCase.of("to a scalar", Reshape.class, t -> t[0].reshape(), normal(1, 1, 1)).exact(),
        OpCase.of("of a transposed view", Reshape.class, t -> t[0].transpose().reshape(24), x)
            .exact(),
        OpCase.of(
                "of an expanded view",
                Reshape.class,
                t -> t[0].expand(Shape.of(2, 3, 4)).reshape(6, 4),
                normal(2, 3, 1))
            .exact(),
        OpCase.of("empty", Reshape.class, t -> t[0].reshape(0, 7), normal(1, 0, 3)).exact(),
        OpCase.of("swap", Permute.class, t -> t[0].transpose(), x).exact(),
        OpCase.of("rotate", Permute.class, t -> t[0].permute(2, 0, 1), x).exact(),
        OpCase.of("from the end", Permute.class, t -> t[0].permute(-1, 1, 0), x).exact(),
        OpCase.of("middle", Slice.class, t -> t[0].slice(1, 1, 2), x).exact(),
        OpCase.of("columns", Slice.class, t -> t[0].slice(-1, 1, 4), x).exact(),
        OpCase.of("nothing", Slice.class, t -> t[0].slice(0, 1, 1), x).exact(),
        OpCase.of("twice", Slice.class, t -> t[0].slice(2, 1, 4).slice(2, 1, 2), x).exact(),
        OpCase.of("new axis", Expand.class, t -> t[0].expand(Shape.of(3, 5)), normal(1, 5)).exact(),
        OpCase.of("axis of one", Expand.class, t -> t[0].expand(Shape.of(4, 3, 5)), normal(1, 3, 1))
            .exact(),
        OpCase.of("scalar", Expand.class, t -> t[0].expand(Shape.of(2, 2)), normal(1)).exact(),
        OpCase.of("to nothing", Expand.class, t -> t[0].expand(Shape.of(0, 5)), normal(1, 5))
            .exact(),
        OpCase.of(
                "first axis",
                Concat.class,
                t -> Concat.apply(0, t),
                normal(1, 2, 3),
                normal(2, 4, 3))
            .exact(),
        OpCase.of(
                "last axis",
                Concat.class,
                t -> Concat.apply(-1, t),
                normal(1, 2, 3),
                normal(2, 2, 1),
                normal(3, 2, 2))
            .exact(),
        OpCase.of(
                "with nothing",
                Concat.class,
                t -> Concat.apply(0, t),
                normal(1, 0, 3),
                normal(2, 2, 3))
            .exact(),
        OpCase.of("one twice", Concat.class, t -> Concat.apply(0, t[0], t[0]), normal(1, 2, 3))
            .exact(),
        OpCase.of(
                "I32",
                Concat.class,
                t -> Concat.apply(0, t),
                integers(DType.I32, 1, 3),
                integers(DType.I32, 2, 2))
            .exact()
            .noGradient(),
        OpCase.of("to the reference device", Transfer.class, t -> t[0].to(Device.REFERENCE), x)
            .exact(),
        OpCase.of("to the cpu", Transfer.class, t -> t[0].to(Device.CPU).mul(2), x).exact(),
        OpCase.of("empty", Transfer.class, t -> t[0].to(Device.REFERENCE), normal(1, 0)).exact(),
        cast("truncates", DType.I32, normal(1, 40).map(v -> 30 * v)),
        cast("to I64", DType.I64, normal(1, 40).map(v -> 1e6 * v)),
        cast("to BOOL", DType.BOOL, reals(Shape.of(4), 0, -0.0, 0.5, Double.NaN)),
        cast("BOOL to I64", DType.I64, integers(DType.BOOL, 1, 3, 5)),
        cast("I32 to F64", DType.F64, integers(DType.I32, 1, 3, 5)),
        cast("I64 to F32", DType.F32, integers(DType.I64, 1, 3, 5)),
        OpCase.of("widens", Cast.class, t -> t[0].to(DType.F64), x).exact());
  }

  private static OpCase cast(String name, DType to, Input input) {
    return OpCase.of(name, Cast.class, t -> t[0].to(to), input).exact().noGradient();
  }
}
