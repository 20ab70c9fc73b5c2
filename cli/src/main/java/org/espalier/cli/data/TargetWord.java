package org.espalier.cli.data;

import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/// Finds the word of a usage example that its synset names.
final class TargetWord {
  private TargetWord() {}

  /// The index of the first word of the best match: the lemma with most words, then one in its
  /// plain form before an inflected one, then the leftmost. Each part of a collocation may be
  /// inflected (`gave up`, `attorneys general`). Empty when no lemma occurs.
  ///
  /// @param words the example's words, see [Words]
  /// @param lemmas the synset's lemmas, `_` between the parts of a collocation
  static OptionalInt find(List<String> words, List<String> lemmas, Inflections inflections) {
    List<String> lower = words.stream().map(w -> w.toLowerCase(Locale.ROOT)).toList();
    int best = -1;
    int bestScore = 0;
    for (String lemma : lemmas) {
      List<String> parts = Words.split(lemma.toLowerCase(Locale.ROOT).replace('_', ' '));
      for (int i = 0; i + parts.size() <= lower.size(); i++) {
        int score = score(lower, i, parts, inflections);
        if (score > bestScore || (score == bestScore && score > 0 && i < best)) {
          best = i;
          bestScore = score;
        }
      }
    }
    return best < 0 ? OptionalInt.empty() : OptionalInt.of(best);
  }

  /// 0 for no match; else twice the number of parts, one more when each stands in its plain form.
  private static int score(
      List<String> words, int from, List<String> parts, Inflections inflections) {
    boolean plain = !parts.isEmpty();
    for (int i = 0; i < parts.size(); i++) {
      String word = words.get(from + i);
      if (!inflections.isFormOf(word, parts.get(i))) {
        return 0;
      }
      plain &= word.equals(parts.get(i));
    }
    return 2 * parts.size() + (plain ? 1 : 0);
  }
}
