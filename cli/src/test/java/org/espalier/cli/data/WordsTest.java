package org.espalier.cli.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.espalier.cli.data.Words.Word;
import org.junit.jupiter.api.Test;

final class WordsTest {
  @Test
  void splitsAtSpaceAndMakesEveryPunctuationMarkAWord() {
    assertEquals(
        List.of("He", "didn", "'", "t", "pay", "$", "5", ",", "well", "-", "known", "!"),
        Words.split("He didn't  pay $5,\twell-known!"));
    assertEquals(List.of("“", "Ärger", "”", "…"), Words.split("“Ärger”…"));
    assertEquals(List.of("a", "中", "文", "b"), Words.split("a中文b"));
  }

  @Test
  void hasNoWordsInNothing() {
    assertEquals(List.of(), Words.split(""));
    assertEquals(List.of(), Words.split(" \n\t\u00a0\u200b\u0000"));
  }

  @Test
  void deletesWhatTheTokeniserDeletes() {
    assertEquals(List.of("zerowidth"), Words.split("zero\u200bwidth\ufffd"));
  }

  @Test
  void knowsWhereEachWordStands() {
    assertEquals(
        List.of(new Word("I", 1, 2), new Word("'", 2, 3), new Word("m", 3, 4)),
        Words.locate(" I'm "));
    String sentence = "Ça, c’est 𝒳-ray…";
    for (Word word : Words.locate(sentence)) {
      assertEquals(word.text(), sentence.substring(word.start(), word.end()));
    }
  }

  @Test
  void givesOneKeyToWhatAnUncasedEncoderCannotTellApart() {
    assertEquals("the cafe , isn ' t it ?", Words.key(" The  CAFÉ ,isn't it?"));
    assertEquals(Words.key("the cafe, isn ' t it ?"), Words.key("THE CAFE\u0301, isn't it?"));
    assertTrue(!Words.key("its").equals(Words.key("it's")));
    assertEquals("", Words.key("\u200b"));
  }

  @Test
  void keepsAsKeyTheLowerCaseWordsJoined() {
    var random = new Random(11);
    String alphabet = "abXY .,-'\t\u00a0\u200b$9";
    for (int round = 0; round < 2000; round++) {
      var text = new StringBuilder();
      for (int i = random.nextInt(12); i > 0; i--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      String sentence = text.toString();
      assertEquals(
          String.join(" ", Words.split(sentence.toLowerCase(Locale.ROOT))),
          Words.key(sentence),
          "seed 11, '" + sentence + "'");
      assertEquals(
          sentence.replaceAll("[ \t\u00a0]+", " ").replaceAll("^ | $", ""),
          Words.tidy(sentence),
          "seed 11, '" + sentence + "'");
    }
  }
}
