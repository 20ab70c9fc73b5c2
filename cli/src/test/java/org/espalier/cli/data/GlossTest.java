package org.espalier.cli.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

final class GlossTest {
  private static void parses(String gloss, String definition, String... examples) {
    assertEquals(new Gloss(definition, List.of(examples)), Gloss.parse(gloss));
  }

  @Test
  void takesDefinitionAndExamplesApart() {
    parses(
        "breathe air; in and out; \"I breathe; he too\"; \"breathe deeply\"",
        "breathe air; in and out",
        "I breathe; he too",
        "breathe deeply");
    parses("(zoology) a beast", "(zoology) a beast");
  }

  @Test
  void leavesOutAuthorsAndNotesAfterTheExamples() {
    parses("an end; \"by holy ends\"- A.B.See; (`finis' is archaic)", "an end", "by holy ends");
    parses(
        "enough; \"eaten enough\" ; (`plenty' is slang) \"I've plenty\"",
        "enough",
        "eaten enough",
        "I've plenty");
  }

  @Test
  void startsExamplesAfterAColonToo() {
    parses("a whole range: \"a gamut of moods\"", "a whole range", "a gamut of moods");
  }

  @Test
  void keepsAQuotationInTheRunOfTheDefinition() {
    parses(
        "a promise as in \"carrot and stick\"; \"the carrot of money\"",
        "a promise as in \"carrot and stick\"",
        "the carrot of money");
    parses("speech (e.g., \"he said so\")", "speech (e.g., \"he said so\")");
  }

  @Test
  void survivesWhatIsBroken() {
    parses("", "");
    parses("\"only an example\"", "", "only an example");
    parses("open; \"never closed", "open", "never closed");
    parses("empty; \"\"", "empty");
    parses("block it; \"a  block\";", "block it", "a block");
  }
}
