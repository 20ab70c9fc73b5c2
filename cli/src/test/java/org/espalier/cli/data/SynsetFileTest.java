package org.espalier.cli.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.espalier.io.FormatException;
import org.junit.jupiter.api.Test;

final class SynsetFileTest {
  private static final String FILE =
      "  1 A licence that comes first.\n"
          + "00000030 03 n 02 cat 0 true_cat 1 003 @ 00000999 n 0000 ~ 00000777 n 0000"
          + " @i 00000888 n 0000 | a beast; \"the cat purrs\"  \n"
          + "00000120 44 s 01 galore(ip) 0 000 | in plenty\n";

  private static List<Synset> parse(String content) {
    return SynsetFile.parse(
        "data.noun", PartOfSpeech.NOUN, content.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void readsASynsetALine() {
    assertEquals(
        List.of(
            new Synset(
                PartOfSpeech.NOUN,
                30,
                3,
                List.of("cat", "true_cat"),
                List.of(999, 888),
                "a beast; \"the cat purrs\""),
            new Synset(PartOfSpeech.NOUN, 120, 44, List.of("galore"), List.of(), "in plenty")),
        parse(FILE));
    assertEquals("n30", parse(FILE).getFirst().id());
  }

  @Test
  void readsAnEmptyFileAndOneWithoutALastLineBreak() {
    assertEquals(List.of(), parse(""));
    assertEquals(2, parse(FILE.strip().replaceFirst("^1", "  1")).size());
  }

  @Test
  void namesFileLineAndFault() {
    var exception = assertThrows(FormatException.class, () -> parse(FILE + "00000300 03 n 01 x"));
    assertEquals("data.noun: line 4: no gloss after a bar", exception.getMessage());
    assertTrue(
        assertThrows(FormatException.class, () -> parse("00000300 03 n zz x 0 000 | y"))
            .fault()
            .contains("'zz' is not a number in base 16"));
    assertTrue(
        assertThrows(FormatException.class, () -> parse("00000300 45 n 01 x 0 000 | y"))
            .fault()
            .contains("lexicographer file 45"));
    assertTrue(
        assertThrows(FormatException.class, () -> parse("-0000300 03 n 01 x 0 000 | y"))
            .fault()
            .contains("'-0000300'"));
  }

  @Test
  void neverTrustsACount() {
    for (String counts : List.of("7fffffff x 0 000", "01 x 0 999999999", "02 x 0 000")) {
      assertThrows(FormatException.class, () -> parse("00000300 03 n " + counts + " | y"));
    }
  }

  @Test
  void failsOnlyWithAFormatExceptionWhereverTheFileEnds() {
    int refused = 0;
    for (int end = 0; end < FILE.length(); end++) {
      try {
        assertTrue(parse(FILE.substring(0, end)).size() <= 2);
      } catch (FormatException e) {
        refused++;
      }
    }
    assertTrue(refused > 100, refused + " of " + FILE.length() + " refused");
  }
}
