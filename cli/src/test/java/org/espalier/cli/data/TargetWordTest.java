package org.espalier.cli.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TargetWordTest {
  private static final Inflections VERBS = forms(PartOfSpeech.VERB, "gave give\nstopped stop\n");
  private static final Inflections NOUNS = forms(PartOfSpeech.NOUN, "geese goose\naxes ax axis\n");

  private static Inflections forms(PartOfSpeech part, String exceptions) {
    return new Inflections(part, exceptions.getBytes(StandardCharsets.UTF_8));
  }

  private static int find(String example, Inflections forms, String... lemmas) {
    return TargetWord.find(Words.split(example), List.of(lemmas), forms).orElse(-1);
  }

  @Test
  void findsALemmaWhateverItsCase() {
    assertEquals(1, find("The Cat sat", NOUNS, "cat"));
    assertEquals(2, find("lived in LONDON", NOUNS, "London"));
  }

  @Test
  void findsInflectedForms() {
    assertEquals(0, find("walking home", VERBS, "walk"));
    assertEquals(1, find("he hoped so", VERBS, "hope"));
    assertEquals(1, find("she tries", VERBS, "try"));
    assertEquals(1, find("it stopped", VERBS, "stop"));
    assertEquals(1, find("three churches", NOUNS, "church"));
    assertEquals(1, find("two firemen", NOUNS, "fireman"));
    assertEquals(1, find("wild geese", NOUNS, "goose"));
    assertEquals(1, find("two axes", NOUNS, "axis"));
    var adjectives = forms(PartOfSpeech.ADJECTIVE, "");
    assertEquals(1, find("the finest hour", adjectives, "fine"));
    assertEquals(0, find("Taller men", adjectives, "tall"));
  }

  @Test
  void findsCollocationsAndSpellingsWithPunctuation() {
    assertEquals(1, find("he gave up smoking", VERBS, "quit", "give_up"));
    assertEquals(2, find("a very well-known man", forms(PartOfSpeech.ADJECTIVE, ""), "well-known"));
    assertEquals(0, find("A.D. 200", forms(PartOfSpeech.ADVERB, ""), "A.D."));
  }

  @Test
  void prefersTheLongestThenThePlainThenTheLeftmost() {
    assertEquals(3, find("ice cubes , ice cream", NOUNS, "ice", "ice_cream"));
    assertEquals(2, find("cats and cat", NOUNS, "cat"));
    assertEquals(1, find("a cat and a cat", NOUNS, "cat"));
  }

  @Test
  void findsNothingWhereNoLemmaOccurs() {
    assertEquals(-1, find("a dog", NOUNS, "cat"));
    assertEquals(-1, find("", NOUNS, "cat"));
    assertEquals(-1, find("ice", NOUNS, "ice_cream"));
    assertEquals(-1, find("a cat", NOUNS));
    assertEquals(-1, find("a cat", NOUNS, "_"));
  }

  @Test
  void takesNoWordForAFormThatIsNone() {
    assertFalse(NOUNS.isFormOf("walking", "walk"));
    assertFalse(VERBS.isFormOf("s", "es"));
    assertFalse(VERBS.isFormOf("ing", "e"));
    assertTrue(VERBS.isFormOf("tied", "tie"));
  }
}
