package org.espalier.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SizeClassesTest {
  @Test
  void lengthsGrowByEighthsOfADoubling() {
    int[] expected = {16, 18, 20, 22, 24, 26, 28, 30, 32, 36, 40, 44, 48, 52, 56, 60, 64, 72};
    for (int c = 0; c < expected.length; c++) {
      assertEquals(expected[c], SizeClasses.length(c));
    }
  }

  @Test
  void takesTheShortestClassThatHoldsTheSize() {
    for (int size = 0; size < 5000; size++) {
      int shortest = 0;
      while (SizeClasses.length(shortest) < size) {
        shortest++;
      }
      assertEquals(shortest, SizeClasses.of(size), "size " + size);
    }
  }

  @Test
  void wastesAtMostAnEighth() {
    for (int size = 17; size > 0 && size < 1_500_000_000; size += 1 + size / 61) {
      long length = SizeClasses.length(SizeClasses.of(size));
      assertTrue(length >= size && length <= size + size / 8 + 1, size + " takes " + length);
    }
  }

  @Test
  void servesTheLargestShape() {
    int largest = Integer.MAX_VALUE - 64;
    int sizeClass = SizeClasses.of(largest);
    assertEquals(SizeClasses.COUNT - 1, sizeClass);
    assertTrue(SizeClasses.length(sizeClass) >= largest);
  }

  @Test
  void anArrayOfAClassComesBackToThatClass() {
    for (int c = 0; c < SizeClasses.COUNT; c++) {
      assertEquals(c, SizeClasses.of(SizeClasses.length(c)));
    }
  }
}
