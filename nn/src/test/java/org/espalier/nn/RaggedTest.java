package org.espalier.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.espalier.TensorException;
import org.junit.jupiter.api.Test;

final class RaggedTest {
  @Test
  void rowsFollowOneAnotherWithoutPadding() {
    Ragged r = Ragged.of(3, 0, 2);
    assertEquals(3, r.sequences());
    assertEquals(5, r.rows());
    assertEquals(3, r.offset(2));
    assertEquals(0, r.length(1));
    assertArrayEquals(new int[] {0, 3, 3, 5}, r.offsets().toIntArray());
    assertArrayEquals(new int[] {0, 1, 2, 0, 1}, r.positions().toIntArray());
  }

  @Test
  void anEmptyBatchHasNoRows() {
    assertEquals(0, Ragged.of().rows());
    assertEquals(0, Ragged.of().positions().elements());
  }

  @Test
  void refusesANegativeLength() {
    assertThrows(TensorException.class, () -> Ragged.of(1, -1));
  }

  @Test
  void rowsAfterTheLastSequenceBelongToNone() {
    Ragged r = Ragged.of(3, 2).padded(8);
    assertEquals(2, r.sequences());
    assertEquals(8, r.rows());
    assertEquals(5, r.tokens());
    assertArrayEquals(new int[] {0, 3, 5}, r.offsets().toIntArray());
    assertArrayEquals(new int[] {0, 1, 2, 0, 1, 0, 0, 0}, r.positions().toIntArray());
    var e = assertThrows(TensorException.class, () -> r.padded(4));
    assertTrue(
        String.valueOf(e.getMessage()).contains("5 rows cannot be padded to 4"), e.getMessage());
  }
}
