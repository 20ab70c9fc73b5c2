package org.espalier.testkit;

import static org.espalier.testkit.Input.integers;
import static org.espalier.testkit.Input.normal;

import java.util.List;
import java.util.function.Function;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.op.Diagonal;
import org.espalier.op.Expand;
import org.espalier.op.Fold;
import org.espalier.op.Permute;
import org.espalier.op.Place;
import org.espalier.op.Reshape;
import org.espalier.op.Slice;
import org.espalier.op.Unfold;

/// Cases of views that share memory, and of their transposes.
final class ViewCases {
  private ViewCases() {}

  static List<OpCase> all() {
    Input x = normal(1, 2, 3, 4);
    return List.of(
        moves("two axes", Permute.class, t -> t.transpose(0, -1), x),
        moves("an axis with itself", Permute.class, t -> t.transpose(1, 1), x),
        moves("squeeze", Reshape.class, Tensor::squeeze, normal(1, 1, 3, 1)),
        moves("squeeze to a scalar", Reshape.class, Tensor::squeeze, normal(1, 1, 1)),
        moves("squeeze one axis", Reshape.class, t -> t.squeeze(-1), normal(1, 1, 3, 1)),
        moves("unsqueeze", Reshape.class, t -> t.transpose().unsqueeze(-1).unsqueeze(1), x),
        moves("unsqueeze a scalar", Reshape.class, t -> t.unsqueeze(0), normal(1)),
        moves("flatten", Reshape.class, t -> t.transpose().flatten(), x),
        moves("flatten a scalar", Reshape.class, Tensor::flatten, normal(1)),
        moves("flatten two axes", Reshape.class, t -> t.flatten(-2, -1), x),
        moves("flatten nothing", Reshape.class, t -> t.flatten(0, 1), normal(1, 0, 3, 2)),
        moves("steps", Slice.class, t -> t.slice(2, 1, 4, 2), x),
        moves("steps past the end", Slice.class, t -> t.slice(0, 1, 6, 4), normal(1, 7, 2)),
        moves("steps of nothing", Slice.class, t -> t.slice(1, 2, 2, 5), x),
        moves("I32", Slice.class, t -> t.slice(0, 0, 5, 2), integers(DType.I32, 1, 5, 2))
            .noGradient(),
        moves("narrow", Slice.class, t -> t.narrow(1, 1, 2), x),
        moves("select", Slice.class, t -> t.select(1, 2), x),
        moves("select from the end", Slice.class, t -> t.select(-1, -2), x),
        moves("select to a scalar", Slice.class, t -> t.select(0, 1), normal(1, 3)),
        moves("last part of a split", Slice.class, t -> t.split(2, 3).get(1), x),
        moves("given parts", Slice.class, t -> t.split(2, new int[] {1, 0, 3}).get(2), x),
        moves("chunk", Slice.class, t -> t.chunk(0, 3).get(1), normal(1, 7, 2)),
        moves("keeping a size", Expand.class, t -> t.expand(2, -1, 3), normal(1, 4, 1)),
        moves("broadcast", Expand.class, t -> t.expand(2, 0, 3), normal(1, 3)),
        moves("main", Diagonal.class, Tensor::diagonal, normal(1, 4, 3)),
        moves("above", Diagonal.class, t -> t.diagonal(1, 0, 2), normal(1, 4, 2, 3)),
        moves("below, axes swapped", Diagonal.class, t -> t.diagonal(-1, 2, 0), x),
        moves("out of sight", Diagonal.class, t -> t.diagonal(5, 0, 1), normal(1, 4, 3)),
        moves("nothing", Diagonal.class, Tensor::diagonal, normal(1, 0, 3)),
        moves("BOOL", Diagonal.class, Tensor::diagonal, integers(DType.BOOL, 1, 3, 3)).noGradient(),
        moves("on a diagonal", Place.class, ViewCases::onDiagonal, normal(1, 2, 3)),
        moves("in steps", Place.class, ViewCases::inSteps, normal(1, 2, 3)),
        moves("nothing", Place.class, t -> Place.apply(t, Shape.of(4), steps(3, 3)), normal(1, 0)),
        sums("overlapping", Unfold.class, t -> t.unfold(1, 3, 2), normal(1, 2, 8, 3)),
        sums("touching", Unfold.class, t -> t.unfold(-1, 2, 2), x),
        sums("apart", Unfold.class, t -> t.unfold(0, 2, 3), normal(1, 9)),
        sums("dilated", Unfold.class, t -> Unfold.apply(t, 1, 3, 1, 2), normal(1, 2, 7)),
        sums("one window", Unfold.class, t -> t.unfold(0, 5, 4), normal(1, 5, 2)),
        sums("nothing", Unfold.class, t -> t.unfold(1, 2, 1), normal(1, 0, 3)),
        sums("two axes", Unfold.class, t -> t.unfold(1, 2, 1).unfold(2, 2, 1), x),
        sums("I64", Unfold.class, t -> t.unfold(0, 2, 1), integers(DType.I64, 1, 5, 2))
            .noGradient(),
        sums("overlapping", Fold.class, t -> fold(t, 8, 3, 2, 1), normal(1, 2, 3, 4, 3)),
        sums("dilated", Fold.class, t -> fold(t, 9, 3, 2, 2), normal(1, 2, 3, 3)),
        sums("apart", Fold.class, t -> fold(t, 9, 2, 3, 1), normal(1, 2, 3, 2)),
        sums("nothing", Fold.class, t -> fold(t, 4, 2, 1, 1), normal(1, 0, 3, 2)));
  }

  private static OpCase moves(
      String name, Class<?> op, Function<Tensor, Tensor> function, Input input) {
    return OpCase.of(name, op, t -> function.apply(t[0]), input).exact();
  }

  /// Cases that move values one way and add them up the other.
  private static OpCase sums(
      String name, Class<?> op, Function<Tensor, Tensor> function, Input input) {
    OpCase c = OpCase.of(name, op, t -> function.apply(t[0]), input);
    return op == Unfold.class ? c.exact() : c.terms(3);
  }

  private static Tensor onDiagonal(Tensor x) {
    return Place.apply(x, Shape.of(4, 2, 3), new Diagonal(-1, 0, 2));
  }

  private static Tensor inSteps(Tensor x) {
    return Place.apply(x, Shape.of(2, 7), new Slice(1, 1, 7, 2));
  }

  private static Slice steps(int from, int to) {
    return new Slice(0, from, to, 1);
  }

  private static Tensor fold(Tensor x, int length, int size, int step, int dilation) {
    return Fold.apply(x, length, new Unfold(1, size, step, dilation));
  }
}
