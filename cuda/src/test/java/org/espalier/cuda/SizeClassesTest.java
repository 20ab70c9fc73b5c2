package org.espalier.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SizeClassesTest {
  @Test
  void aClassHoldsWhatItIsFor() {
    for (long bytes = 1; bytes < 1L << 36; bytes += 1 + bytes / 7) {
      long given = SizeClasses.bytes(SizeClasses.of(bytes));
      assertTrue(given >= bytes, bytes + " bytes in " + given);
      assertTrue(given <= Math.max(512, bytes + bytes / 8 + 1), bytes + " bytes in " + given);
    }
  }

  @Test
  void classesAreTheirOwn() {
    for (int c = 0; c < SizeClasses.COUNT; c++) {
      assertEquals(c, SizeClasses.of(SizeClasses.bytes(c)));
    }
  }
}
