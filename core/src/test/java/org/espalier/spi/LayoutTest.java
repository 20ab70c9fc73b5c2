package org.espalier.spi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.espalier.Shape;
import org.espalier.TensorException;
import org.junit.jupiter.api.Test;

class LayoutTest {
  /// Returns the place of each element in row-major order, axis by axis.
  private static int[] places(Layout layout) {
    Shape shape = layout.shape();
    int[] places = new int[shape.elements()];
    int[] index = new int[shape.rank()];
    for (int i = 0; i < places.length; i++) {
      places[i] = layout.offset();
      for (int axis = 0; axis < index.length; axis++) {
        places[i] += index[axis] * layout.stride(axis);
      }
      for (int axis = index.length - 1; axis >= 0 && ++index[axis] == shape.size(axis); axis--) {
        index[axis] = 0;
      }
    }
    return places;
  }

  /// Tells by brute force whether strides exist that visit `places` in order under `shape`.
  private static boolean hasStrides(int[] places, Shape shape) {
    int[] strides = new int[shape.rank()];
    int step = 1;
    for (int axis = strides.length - 1; axis >= 0; axis--) {
      strides[axis] = shape.size(axis) == 1 ? 0 : places[step] - places[0];
      step *= shape.size(axis);
    }
    for (int i = 0; i < places.length; i++) {
      int place = places[0];
      int rest = i;
      for (int axis = strides.length - 1; axis >= 0; axis--) {
        place += rest % shape.size(axis) * strides[axis];
        rest /= shape.size(axis);
      }
      if (place != places[i]) {
        return false;
      }
    }
    return true;
  }

  private static Shape randomShape(Random random, int elements) {
    List<Integer> sizes = new ArrayList<>();
    int rest = elements;
    for (int divisor = 2; rest > 1; divisor++) {
      while (rest % divisor == 0) {
        rest /= divisor;
        if (random.nextBoolean() && !sizes.isEmpty()) {
          int at = random.nextInt(sizes.size());
          sizes.set(at, sizes.get(at) * divisor);
        } else {
          sizes.add(divisor);
        }
      }
    }
    while (random.nextInt(3) == 0) {
      sizes.add(1);
    }
    Collections.shuffle(sizes, random);
    return Shape.of(sizes.stream().mapToInt(Integer::intValue).toArray());
  }

  private static Layout randomLayout(Random random, int elements) {
    Shape shape = randomShape(random, elements);
    int rank = shape.rank();
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < rank; i++) {
      order.add(i);
    }
    if (random.nextInt(4) != 0) {
      Collections.shuffle(order, random);
    }
    int[] stored = new int[rank];
    int[] back = new int[rank];
    for (int i = 0; i < rank; i++) {
      stored[order.get(i)] = shape.size(i) + (random.nextInt(3) == 0 ? 1 : 0);
      back[i] = order.get(i);
    }
    Layout layout = Layout.contiguous(Shape.of(stored), random.nextInt(5)).permute(back);
    for (int axis = 0; axis < rank; axis++) {
      if (layout.shape().size(axis) != shape.size(axis)) {
        int from = random.nextInt(2);
        layout = layout.slice(axis, from, from + shape.size(axis));
      }
      if (random.nextInt(6) == 0) {
        int size = shape.size(axis);
        layout = layout.slice(axis, 0, 1).expand(layout.shape().with(axis, 1).with(axis, size));
      }
    }
    return layout;
  }

  @Test
  void reshapeIsAViewExactlyWhenStridesExist() {
    long seed = 20240607;
    Random random = new Random(seed);
    int views = 0;
    int copies = 0;
    for (int round = 0; round < 20_000; round++) {
      int elements = new int[] {1, 6, 12, 24, 36}[random.nextInt(5)];
      Layout layout = randomLayout(random, elements);
      Shape to = randomShape(random, elements);
      String what = "seed " + seed + " round " + round + ": " + layout + " to " + to;
      Layout actual = layout.reshape(to);
      int[] places = places(layout);
      if (actual == null) {
        assertFalse(hasStrides(places, to), what);
        copies++;
      } else {
        assertEquals(to, actual.shape(), what);
        assertArrayEquals(places, places(actual), what);
        views++;
      }
    }
    assertTrue(views > 2000 && copies > 2000, views + " views, " + copies + " copies");
  }

  @Test
  void contiguousMeansRowMajorWithoutGaps() {
    Random random = new Random(3);
    for (int round = 0; round < 5000; round++) {
      Layout layout = randomLayout(random, 24);
      int[] places = places(layout);
      boolean expected = true;
      for (int i = 0; i < places.length; i++) {
        expected &= places[i] == layout.offset() + i;
      }
      assertEquals(expected, layout.isContiguous(), layout.toString());
    }
  }

  /// Each element of a view against the element of the whole that it must be.
  @Test
  void partsWindowsAndDiagonalsShowTheElementsTheyName() {
    long seed = 11;
    Random random = new Random(seed);
    for (int round = 0; round < 3000; round++) {
      Layout layout = randomLayout(random, 24);
      Shape shape = layout.shape();
      String what = "seed " + seed + " round " + round + ": " + layout;
      int axis = random.nextInt(shape.rank());
      int n = shape.size(axis);
      int from = random.nextInt(n);
      int to = from + 1 + random.nextInt(n - from);
      int step = 1 + random.nextInt(3);
      Layout part = layout.slice(axis, from, to, step);
      int count = 0;
      for (int i = from; i < to; i += step) {
        assertArrayEquals(places(layout.select(axis, i)), places(part.select(axis, count++)), what);
      }
      assertEquals(count, part.shape().size(axis), what);

      int size = 1 + random.nextInt(n);
      Layout windows = layout.unfold(axis, size, step, 1);
      for (int i = 0; i * step + size <= n; i++) {
        for (int k = 0; k < size; k++) {
          Layout element = windows.select(axis, i).select(-1, k);
          assertArrayEquals(places(layout.select(axis, i * step + k)), places(element), what);
        }
      }
      assertEquals((n - size) / step + 1, windows.shape().size(axis), what);

      Layout back = layout.flip(axis);
      for (int i = 0; i < n; i++) {
        assertArrayEquals(
            places(layout.select(axis, n - 1 - i)), places(back.select(axis, i)), what);
      }
    }
  }

  @Test
  void aDiagonalRunsDownBothAxes() {
    Layout layout = Layout.contiguous(Shape.of(4, 2, 3), 7);
    for (int shift = -5; shift <= 4; shift++) {
      Layout diagonal = layout.diagonal(shift, 0, 2);
      List<Integer> expected = new ArrayList<>();
      for (int middle = 0; middle < 2; middle++) {
        for (int i = 0; i < 4; i++) {
          if (i + shift >= 0 && i + shift < 3) {
            expected.add(7 + i * 6 + middle * 3 + i + shift);
          }
        }
      }
      assertArrayEquals(
          expected.stream().mapToInt(Integer::intValue).toArray(),
          places(diagonal),
          "shift " + shift);
      assertEquals(2, diagonal.shape().size(0));
    }
  }

  @Test
  void reshapesEmptyAndScalarLayouts() {
    assertNotNull(Layout.contiguous(Shape.of(0, 3)).permute(1, 0).reshape(Shape.of(7, 0)));
    assertNotNull(Layout.contiguous(Shape.SCALAR, 4).reshape(Shape.of(1, 1)));
    assertNull(Layout.contiguous(Shape.of(2, 3)).permute(1, 0).reshape(Shape.of(6)));
  }

  @Test
  void refusesWhatDoesNotFit() {
    Layout layout = Layout.contiguous(Shape.of(2, 3));
    assertThrows(TensorException.class, () -> layout.permute(0));
    assertThrows(TensorException.class, () -> layout.permute(0, 0));
    assertThrows(TensorException.class, () -> layout.permute(0, 2));
    assertThrows(TensorException.class, () -> layout.slice(0, 1, 3));
    assertThrows(TensorException.class, () -> layout.slice(0, -1, 1));
    assertThrows(TensorException.class, () -> layout.slice(1, 2, 1));
    assertThrows(TensorException.class, () -> layout.slice(2, 0, 1));
    assertThrows(TensorException.class, () -> layout.expand(Shape.of(3)));
    assertThrows(TensorException.class, () -> layout.expand(Shape.of(4, 3)));
    assertThrows(TensorException.class, () -> layout.stride(2));
    assertThrows(TensorException.class, () -> layout.slice(1, 0, 3, 0));
    assertThrows(TensorException.class, () -> layout.select(1, 3));
    assertThrows(TensorException.class, () -> layout.select(1, -1));
    assertThrows(TensorException.class, () -> layout.unfold(1, 4, 1, 1));
    assertThrows(TensorException.class, () -> layout.unfold(1, 2, 1, 3));
    assertThrows(TensorException.class, () -> layout.unfold(1, 0, 1, 1));
    assertThrows(TensorException.class, () -> layout.unfold(1, 1, 0, 1));
    assertThrows(TensorException.class, () -> layout.diagonal(0, 1, -1));
  }
}
