package org.espalier.cli.data;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Whether a word is a form of a lemma, by WordNet's own rules (`morphy(7WN)`): a list of
/// exceptions for each part of speech (`stopped stop`), then endings that are taken off or
/// replaced.
final class Inflections {
  private record Ending(String inflected, String base) {}

  private static final Map<PartOfSpeech, List<Ending>> ENDINGS =
      Map.of(
          PartOfSpeech.NOUN,
              List.of(
                  new Ending("s", ""),
                  new Ending("ses", "s"),
                  new Ending("xes", "x"),
                  new Ending("zes", "z"),
                  new Ending("ches", "ch"),
                  new Ending("shes", "sh"),
                  new Ending("men", "man"),
                  new Ending("ies", "y")),
          PartOfSpeech.VERB,
              List.of(
                  new Ending("s", ""),
                  new Ending("ies", "y"),
                  new Ending("es", "e"),
                  new Ending("es", ""),
                  new Ending("ed", "e"),
                  new Ending("ed", ""),
                  new Ending("ing", "e"),
                  new Ending("ing", "")),
          PartOfSpeech.ADJECTIVE,
              List.of(
                  new Ending("er", ""),
                  new Ending("est", ""),
                  new Ending("er", "e"),
                  new Ending("est", "e")),
          PartOfSpeech.ADVERB, List.of());

  private final List<Ending> endings;
  private final Map<String, Set<String>> irregular = new HashMap<>();

  /// Rules for one part of speech.
  ///
  /// @param exceptionFile the content of its `.exc` file: an inflected form, then its lemmas, a
  ///   line
  Inflections(PartOfSpeech partOfSpeech, byte[] exceptionFile) {
    endings = ENDINGS.getOrDefault(partOfSpeech, List.of());
    new String(exceptionFile, StandardCharsets.UTF_8)
        .lines()
        .forEach(line -> {
          String[] fields = line.strip().split(" +", -1);
          for (int i = 1; i < fields.length; i++) {
            irregular.computeIfAbsent(fields[i], k -> new HashSet<>()).add(fields[0]);
          }
        });
  }

  /// Whether `word` is `lemma` or a form of it, both in lower case and not empty.
  boolean isFormOf(String word, String lemma) {
    if (word.equals(lemma)) {
      return true;
    }
    if (word.charAt(0) == lemma.charAt(0)) { // so all regular forms begin
      for (Ending ending : endings) {
        if (regular(word, lemma, ending)) {
          return true;
        }
      }
    }
    return irregular.getOrDefault(lemma, Set.of()).contains(word);
  }

  private static boolean regular(String word, String lemma, Ending ending) {
    int stem = word.length() - ending.inflected().length();
    return stem > 0
        && stem + ending.base().length() == lemma.length()
        && word.endsWith(ending.inflected())
        && lemma.endsWith(ending.base())
        && word.regionMatches(0, lemma, 0, stem);
  }
}
