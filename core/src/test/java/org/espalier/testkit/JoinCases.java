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
import org.espalier.op.Concat;
import org.espalier.op.Flip;
import org.espalier.op.Pad;
import org.espalier.op.Repeat;
import org.espalier.op.RepeatInterleave;
import org.espalier.op.Roll;
import org.espalier.op.Stack;
import org.espalier.op.Triangle;

/// Cases of ops that put tensors side by side, and that move elements to other places.
final class JoinCases {
  private JoinCases() {}

  static List<OpCase> all() {
    Input x = normal(1, 2, 3, 4);
    Input infinite = reals(Shape.of(2, 2), 1, Double.NaN, Double.POSITIVE_INFINITY, 2);
    return List.of(
        OpCase.of("by its method", Concat.class, t -> Tensor.cat(1, t), x, normal(2, 2, 1, 4))
            .exact(),
        OpCase.of("first axis", Stack.class, t -> Tensor.stack(0, t), x, normal(2, 2, 3, 4))
            .exact(),
        OpCase.of("last axis", Stack.class, t -> Tensor.stack(-1, t), x, normal(2, 2, 3, 4))
            .exact(),
        OpCase.of("scalars", Stack.class, t -> Tensor.stack(0, t), normal(1), normal(2)).exact(),
        OpCase.of("one twice", Stack.class, t -> Tensor.stack(1, t[0], t[0]), x).exact(),
        OpCase.of("nothing", Stack.class, t -> Tensor.stack(1, t), normal(1, 0), normal(2, 0))
            .exact(),
        moves("one axis", Pad.class, t -> t.pad(1, 2, 1), x),
        moves("any axes", Pad.class, t -> t.pad(new int[] {1, 0, 2}, new int[] {0, 0, 1}, -1.5), x),
        moves("nothing to nothing", Pad.class, t -> t.pad(0, 0, 0), x),
        moves("nothing to something", Pad.class, t -> t.pad(0, 1, 1), normal(1, 0, 2)),
        moves("scalar", Pad.class, t -> t.pad(new int[0], new int[0], 1), normal(1)),
        moves("I32", Pad.class, t -> t.pad(-1, 0, 2), integers(DType.I32, 1, 2, 3)).noGradient(),
        moves("lower", Triangle.class, t -> t.tril(0), normal(1, 4, 5)),
        moves("lower and one above", Triangle.class, t -> t.tril(1), x),
        moves("lower without the diagonal", Triangle.class, t -> t.tril(-1), normal(1, 5, 4)),
        moves("upper", Triangle.class, t -> t.triu(0), normal(1, 5, 4)),
        moves("upper and two below", Triangle.class, t -> t.triu(-2), normal(1, 5, 4)),
        moves("nothing left", Triangle.class, t -> t.triu(9), x),
        moves("nothing", Triangle.class, t -> t.tril(0), normal(1, 0, 3)),
        moves("hides NaN", Triangle.class, t -> t.tril(0), infinite).noGradient(),
        moves("I64", Triangle.class, t -> t.triu(0), integers(DType.I64, 1, 3, 3)).noGradient(),
        moves("all axes", Flip.class, Tensor::flip, x),
        moves("last axis", Flip.class, t -> t.flip(-1), x),
        moves("two axes", Flip.class, t -> t.flip(0, 2), x),
        moves("nothing", Flip.class, t -> t.flip(1), normal(1, 3, 0)),
        moves("scalar", Flip.class, Tensor::flip, normal(1)),
        moves("BOOL", Flip.class, t -> t.flip(0), integers(DType.BOOL, 1, 5)).noGradient(),
        moves("forward", Roll.class, t -> t.roll(1, 2), x),
        moves("backward around", Roll.class, t -> t.roll(-5, 1), x),
        moves("a whole turn", Roll.class, t -> t.roll(6, 1), x),
        moves("nothing", Roll.class, t -> t.roll(1, 0), normal(1, 0, 2)),
        added("each axis", Repeat.class, t -> t.repeat(2, 1, 3), x),
        added("last axis", Repeat.class, t -> t.repeat(2), x),
        added("more axes", Repeat.class, t -> t.repeat(2, 1, 2), normal(1, 3)),
        added("scalar", Repeat.class, t -> t.repeat(3), normal(1)),
        added("to nothing", Repeat.class, t -> t.repeat(0, 2), normal(1, 2, 3)),
        added("times", RepeatInterleave.class, t -> t.repeatInterleave(3, 1), x),
        added("no times", RepeatInterleave.class, t -> t.repeatInterleave(0, 1), x),
        OpCase.of(
                "counts",
                RepeatInterleave.class,
                t -> t[0].repeatInterleave(t[1], 1),
                x,
                ints(2, 0, 3))
            .exact());
  }

  private static OpCase moves(
      String name, Class<?> op, Function<Tensor, Tensor> function, Input input) {
    return OpCase.of(name, op, t -> function.apply(t[0]), input).exact();
  }

  /// Cases whose gradient is a sum.
  private static OpCase added(
      String name, Class<?> op, Function<Tensor, Tensor> function, Input input) {
    return OpCase.of(name, op, t -> function.apply(t[0]), input).terms(6);
  }
}
