package org.espalier;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.espalier.autograd.Autograd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Views, joins and moves: what is copied, what is shared, and what is refused.
class ViewTest {
  private static final Tensor COUNT = Tensor.arange(24).reshape(2, 3, 4);

  /// Writing through a view must be seen in the tensor under it.
  @Test
  void viewsShareTheMemoryOfTheirTensor() {
    List<Function<Tensor, Tensor>> views =
        List.of(
            t -> t.transpose(0, 2),
            t -> t.unsqueeze(1).squeeze(1),
            t -> t.flatten(1, 2),
            Tensor::flatten,
            t -> t.slice(2, 1, 4, 2),
            t -> t.narrow(1, 1, 2),
            t -> t.select(1, -1),
            t -> t.split(2, 3).get(1),
            t -> t.chunk(1, 2).get(1),
            t -> t.unfold(2, 2, 2),
            t -> t.unfold(2, 3, 1).select(2, 1),
            t -> t.diagonal(1, 1, 2),
            t -> t.transpose(0, 1).unsqueeze(0).unsqueeze(-1));
    for (int i = 0; i < views.size(); i++) {
      Tensor t = COUNT.copy();
      Tensor view = views.get(i).apply(t);
      double sum = t.sum().item();
      view.addInPlace(Tensor.of(new int[] {100}));
      assertEquals(sum + 100 * view.elements(), t.sum().item(), "view " + i);
    }
  }

  @Test
  void windowsOverlapInTheSameMemory() {
    Tensor t = Tensor.arange(5);
    Tensor windows = t.unfold(0, 3, 1);
    assertEquals(Shape.of(3, 3), windows.shape());
    t.mulInPlace(Tensor.of(new int[] {10}));
    assertArrayEquals(new int[] {0, 10, 20, 10, 20, 30, 20, 30, 40}, windows.toIntArray());
  }

  @Test
  void overlappingWindowsAddTheirGradients() {
    Tensor t = Tensor.ones(6).requireGrad();
    t.unfold(0, 3, 2).sum().backward();
    assertArrayEquals(
        new float[] {1, 1, 2, 1, 1, 0}, Objects.requireNonNull(t.grad()).toFloatArray());
  }

  @Test
  void splitsCoverTheAxis() {
    assertEquals(
        List.of(Shape.of(2, 3, 3), Shape.of(2, 3, 1)),
        COUNT.split(2, 3).stream().map(Tensor::shape).toList());
    assertEquals(1, COUNT.split(2, 9).size());
    assertEquals(3, Tensor.arange(7).chunk(0, 3).size());
    assertEquals(2, Tensor.arange(4).chunk(0, 3).size());
    assertEquals(List.of(Shape.of(0)), shapes(Tensor.arange(0).split(0, 2)));
    assertEquals(List.of(Shape.of(0)), shapes(Tensor.arange(0).chunk(0, 4)));
    assertEquals(
        List.of(Shape.of(1), Shape.of(0), Shape.of(3)),
        shapes(Tensor.arange(4).split(0, new int[] {1, 0, 3})));
    Tensor[] parts = COUNT.split(2, 3).toArray(new Tensor[0]);
    assertArrayEquals(COUNT.toIntArray(), Tensor.cat(2, parts).toIntArray());
  }

  private static List<Shape> shapes(List<Tensor> parts) {
    return parts.stream().map(Tensor::shape).toList();
  }

  @Test
  void whatChangesNothingIsTheTensorItself() {
    assertSame(COUNT, COUNT.squeeze(1));
    assertSame(COUNT, COUNT.pad(1, 0, 0));
    assertSame(COUNT, COUNT.roll(8, 2));
  }

  @Test
  void triangleFlipRollAndRepeatMoveWhatTheySay() {
    Tensor m = Tensor.arange(1, 7, 1).reshape(2, 3);
    assertArrayEquals(new int[] {1, 0, 0, 4, 5, 0}, m.tril(0).toIntArray());
    assertArrayEquals(new int[] {0, 2, 3, 0, 0, 6}, m.triu(1).toIntArray());
    assertArrayEquals(new int[] {3, 2, 1, 6, 5, 4}, m.flip(1).toIntArray());
    assertArrayEquals(new int[] {3, 1, 2, 6, 4, 5}, m.roll(1, 1).toIntArray());
    assertArrayEquals(new int[] {2, 3, 1, 5, 6, 4}, m.roll(-1, 1).toIntArray());
    assertArrayEquals(
        new int[] {1, 1, 2, 2, 3, 3}, m.select(0, 0).repeatInterleave(2, 0).toIntArray());
    assertArrayEquals(new int[] {1, 2, 3, 1, 2, 3}, m.select(0, 0).repeat(2).toIntArray());
    assertArrayEquals(
        new int[] {1, 3, 3, 4, 6, 6},
        m.repeatInterleave(Tensor.of(new int[] {1, 0, 2}), 1).toIntArray());
    assertArrayEquals(
        new int[] {9, 1, 2, 3, 9, 4, 5, 6}, m.pad(new int[] {0, 1}, new int[2], 9).toIntArray());
    assertArrayEquals(
        new long[] {0, 1, 0, 0, 0, 1}, Tensor.of(new int[] {1, 2}).oneHot(3).toLongArray());
    assertArrayEquals(new long[] {0, 1, 1, 0}, Tensor.eye(2).flip(0).nonzero().toLongArray());
    assertArrayEquals(
        new int[] {2, 6},
        m.maskedSelect(Tensor.of(new boolean[] {false, true, false, false, false, true}, 2, 3))
            .toIntArray());
  }

  /// Values in 16 bits are moved as they are.
  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16"})
  void halvesStayHalvesWhenTheyMove(DType dtype) {
    Tensor wide = Tensor.arange(0.0, 12.0, 1.0).reshape(3, 4).mul(0.25);
    Tensor narrow = wide.to(dtype);
    List<Function<Tensor, Tensor>> moves =
        List.of(
            t -> t.slice(1, 0, 4, 3),
            t -> t.unfold(1, 3, 1),
            Tensor::diagonal,
            t -> t.flip(0, 1),
            t -> t.roll(1, 1),
            t -> t.pad(1, 1, 2),
            t -> t.repeat(2, 2),
            t -> t.indexSelect(1, Tensor.of(new int[] {3, 0})),
            t -> t.indexSelect(0, Tensor.of(new int[] {2, 2})),
            t -> Tensor.stack(1, t, t));
    for (Function<Tensor, Tensor> move : moves) {
      Tensor moved = move.apply(narrow);
      assertEquals(dtype, moved.dtype());
      assertArrayEquals(move.apply(wide).toDoubleArray(), moved.toDoubleArray());
    }
  }

  @Test
  void gradientsOfViewsOfViewsArriveInTheirPlaces() {
    Tensor t = Tensor.zeros(2, 3, 4).requireGrad();
    Tensor y = t.transpose(0, 2).slice(0, 0, 4, 2).select(2, 1).flip(1).flatten();
    Tensor weight = Tensor.arange(0.0, 6.0, 1.0);
    Tensor g = Autograd.of(y.mul(weight).sum()).gradients(t)[0];
    assertArrayEquals(
        new float[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 5, 0, 1, 0, 4, 0, 0, 0, 3, 0},
        g.toFloatArray());
  }

  @Test
  void refusesWhatDoesNotFit() {
    refused("no index 4", () -> COUNT.select(2, 4));
    refused("steps are positive", () -> COUNT.slice(2, 0, 4, -1));
    refused("a new axis 5", () -> COUNT.unsqueeze(5));
    refused("comes before", () -> COUNT.flatten(2, 1));
    refused("at least one element", () -> COUNT.split(0, 0));
    refused("do not fill", () -> COUNT.split(2, new int[] {1, 2}));
    refused("at least one part", () -> COUNT.chunk(0, 0));
    refused("do not fit", () -> COUNT.unfold(1, 4, 1));
    refused("twice", () -> COUNT.diagonal(0, 1, 1));
    refused("does not expand", () -> COUNT.expand(3, -1, -1));
    refused("slice(axis, from, to) cuts", () -> COUNT.pad(0, -1, 0));
    refused("one number for each axis", () -> COUNT.pad(new int[1], new int[1], 0));
    refused("one shape", () -> Tensor.stack(0, COUNT, COUNT.select(0, 0)));
    refused("at least one tensor", () -> Tensor.stack(0));
    refused("counts from 0", () -> COUNT.repeat(-1));
    refused("one count for each", () -> COUNT.repeatInterleave(Tensor.of(new int[] {1}), 0));
    refused("found -1", () -> COUNT.repeatInterleave(Tensor.of(new int[] {1, -1}), 0));
    refused("count from 0", () -> COUNT.repeatInterleave(-1, 0));
    refused("outside the table", () -> COUNT.indexSelect(2, Tensor.of(new int[] {4})));
    refused("I32 or I64 indices", () -> COUNT.indexSelect(2, Tensor.of(new float[] {0})));
    refused("BOOL mask", () -> COUNT.maskedSelect(COUNT));
    refused("is no class", () -> Tensor.of(new int[] {3}).oneHot(3));
    refused("I32 or I64", () -> Tensor.ones(2).oneHot(3));
    refused("at least 2 axes", () -> COUNT.select(0, 0).select(0, 0).tril(0));
  }

  private static void refused(String says, Runnable call) {
    var thrown = assertThrows(TensorException.class, call::run, says);
    assertTrue(thrown.toString().contains(says), thrown.toString());
  }
}
