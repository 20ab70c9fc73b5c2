package org.espalier.cli.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class SplitTest {
  @Test
  void hashesWithThePublishedFunctions() {
    // the test vectors of FNV's authors for 64-bit FNV-1a
    assertEquals(Split.mix(0xcbf29ce484222325L), Split.hash(""));
    assertEquals(Split.mix(0xaf63dc4c8601ec8cL), Split.hash("a"));
    assertEquals(Split.mix(0x85944171f73967e8L), Split.hash("foobar"));
    // SplitMix64's first outputs for the seed 1234567
    assertEquals(6457827717110365317L, Split.mix(1234567 + 0x9e3779b97f4a7c15L));
    assertEquals(3203168211198807973L, Split.mix(1234567 + 0x3c6ef372fe94f82aL));
  }

  @Test
  void putsOneGroupInTenIntoValidation() {
    long validation = IntStream.range(0, 20_000).filter(i -> Split.isValidation("n" + i)).count();
    assertEquals(2_000.0, (double) validation, 150.0);
  }

  @Test
  void drawsWithoutReplacementTheSameForTheSameSeed() {
    List<Integer> all = IntStream.range(0, 500).boxed().toList();
    List<Integer> drawn = Split.draw(all, 100, 7);
    assertEquals(100, new HashSet<>(drawn).size());
    assertEquals(drawn, Split.draw(all, 100, 7));
    assertEquals(drawn, Split.draw(all, 300, 7).subList(0, 100));
    assertNotEquals(drawn, Split.draw(all, 100, 8));
    assertEquals(new HashSet<>(all), new HashSet<>(Split.draw(all, 1000, 7)));
  }

  @Test
  void drawsEvenly() {
    List<Integer> all = IntStream.range(0, 20).boxed().toList();
    int[] drawn = new int[20];
    for (int seed = 0; seed < 2000; seed++) {
      for (int i : Split.draw(all, 5, seed)) {
        drawn[i]++;
      }
    }
    for (int count : drawn) {
      assertEquals(500, count, 100); // 5 deviations
    }
  }

  @Test
  void drawsNothingFromNothing() {
    assertEquals(List.of(), Split.draw(List.of(), 5, 1));
    assertEquals(List.of(), Split.draw(List.of(1), 0, 1));
    assertThrows(IllegalArgumentException.class, () -> Split.draw(List.of(1), -1, 1));
  }
}
