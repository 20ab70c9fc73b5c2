package org.espalier.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.Random;
import org.espalier.TensorException;
import org.junit.jupiter.api.Test;

class AxesTest {
  @Test
  void contiguousAxesBecomeOne() {
    Axes axes = Axes.of(new int[] {2, 3, 4}, new int[] {12, 4, 1}, new int[] {12, 4, 1});
    assertEquals(1, axes.rank());
    assertEquals(24, axes.size(0));
    assertEquals(1, axes.stride(1, 0));
  }

  @Test
  void axesOfSizeOneAreLeftOut() {
    Axes axes = Axes.of(new int[] {1, 5, 1}, new int[] {99, 7, 42});
    assertEquals(1, axes.rank());
    assertEquals(7, axes.stride(0, 0));
  }

  @Test
  void neighboursStayApartWhereOneViewJumps() {
    Axes axes = Axes.of(new int[] {2, 3}, new int[] {3, 1}, new int[] {1, 2});
    assertEquals(2, axes.rank());
    assertEquals(3, axes.size(0), "the innermost is first");
  }

  @Test
  void broadcastAxesAreJoinedWithEachOther() {
    Axes axes = Axes.of(new int[] {2, 3, 4}, new int[] {0, 0, 1}, new int[] {0, 0, 1});
    assertEquals(2, axes.rank());
    assertEquals(6, axes.size(1));
  }

  @Test
  void tooManyAxesAreAnErrorThatSaysWhatToDo() {
    int[] sizes = new int[Axes.MOST + 1];
    int[] steps = new int[Axes.MOST + 1];
    Arrays.fill(sizes, 2);
    for (int i = 0; i < steps.length; i++) {
      steps[i] = i % 2 == 0 ? 1000 + i : 1;
    }
    TensorException e = assertThrows(TensorException.class, () -> Axes.of(sizes, steps));
    assertEquals(true, e.getMessage().contains("contiguous()"), e.getMessage());
  }

  /// What the kernel does with the multiplication that stands for a division.
  @Test
  void theMagicNumbersDivide() {
    Random random = new Random(3);
    for (int round = 0; round < 20_000; round++) {
      int size = 2 + (random.nextInt() >>> (1 + random.nextInt(31))) % (Integer.MAX_VALUE - 2);
      int[] members = Axes.of(new int[] {size}, new int[] {1}).members();
      long magic = members[1 + Axes.MOST] & 0xffffffffL;
      int shift = members[1 + 2 * Axes.MOST];
      for (long x : new long[] {0, 1, size - 1L, size, size + 1L, random.nextInt() >>> 1}) {
        long i = Math.min(x, Integer.MAX_VALUE);
        long quotient = (((i * magic) >>> 32) + i) >>> shift;
        assertEquals(i / size, quotient, i + " / " + size);
      }
    }
  }
}
