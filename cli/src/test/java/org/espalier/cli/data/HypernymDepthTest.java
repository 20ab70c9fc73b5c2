package org.espalier.cli.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class HypernymDepthTest {
  private static Synset noun(int offset, Integer... hypernyms) {
    return new Synset(PartOfSpeech.NOUN, offset, 3, List.of("x"), List.of(hypernyms), "y");
  }

  @Test
  void isTheShortestPath() {
    var nouns = List.of(noun(4, 3, 1), noun(3, 2), noun(2, 1), noun(1));
    assertEquals(Map.of(1, 0, 2, 1, 3, 2, 4, 1), HypernymDepth.of(nouns));
  }

  @Test
  void leavesOutWhatReachesNoRoot() {
    assertEquals(Map.of(1, 0), HypernymDepth.of(List.of(noun(1), noun(2, 3), noun(3, 2))));
    assertEquals(Map.of(), HypernymDepth.of(List.of(noun(5, 99))));
    assertEquals(Map.of(), HypernymDepth.of(List.of()));
  }

  private static int upward(List<Synset> byOffset, int offset) {
    return byOffset.get(offset).hypernyms().stream()
        .mapToInt(h -> 1 + upward(byOffset, h))
        .min()
        .orElse(0);
  }

  @Test
  void agreesWithSearchingUpwardFromEachNoun() {
    for (long seed = 0; seed < 50; seed++) {
      var random = new Random(seed);
      var nouns = new ArrayList<Synset>();
      for (int i = 0; i < 30; i++) {
        var above = new ArrayList<Integer>();
        for (int k = random.nextInt(3); k > 0 && i > 0; k--) {
          above.add(random.nextInt(i));
        }
        nouns.add(noun(i, above.toArray(new Integer[0])));
      }
      var depth = HypernymDepth.of(nouns);
      for (int i = 0; i < 30; i++) {
        assertEquals(upward(nouns, i), depth.get(i), "seed " + seed);
      }
    }
  }
}
