package org.espalier.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.espalier.cli.CosinePhase.Size;
import org.junit.jupiter.api.Test;

final class CosinePhaseTest {
  private static final Size WANTED = new Size(12, 64);

  @Test
  void takesWhatIsWantedWhereThereIsRoom() {
    assertEquals(WANTED, Size.fitting(WANTED, 12 * 64, 100, 1200));
  }

  @Test
  void takesFewerBatchesWhereMemoryIsShort() {
    assertEquals(new Size(7, 64), Size.fitting(WANTED, 4500, 100, 799));
    assertEquals(new Size(0, 0), Size.fitting(WANTED, 4500, 100, 299), "two have no error");
  }

  @Test
  void takesFewerBatchesAndThenSmallerOnesWhereExamplesAreShort() {
    assertEquals(new Size(7, 64), Size.fitting(WANTED, 500, 1, 1000));
    assertEquals(new Size(3, 33), Size.fitting(WANTED, 100, 1, 1000));
    assertEquals(new Size(3, 1), Size.fitting(WANTED, 3, 1, 1000));
    assertEquals(new Size(0, 0), Size.fitting(WANTED, 2, 1, 1000));
  }
}
