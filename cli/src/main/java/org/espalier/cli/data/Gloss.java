package org.espalier.cli.data;

import java.util.ArrayList;
import java.util.List;

/// A synset's gloss, taken apart: `the definition; "an example"; "another"- its author`.
///
/// A quotation opens the examples when it follows `;` or `:`; one inside brackets or in the run of
/// the sentence (`as in "carrot and stick"`) belongs to the definition. After the first example
/// every quotation is an example, and what is not quoted (authors, notes on variants) is neither.
///
/// @param definition what the words mean
/// @param examples sentences or phrases that use one of the words
record Gloss(String definition, List<String> examples) {
  static Gloss parse(String gloss) {
    var examples = new ArrayList<String>();
    int definitionEnd = gloss.length();
    int open = gloss.indexOf('"');
    while (open >= 0) {
      int close = gloss.indexOf('"', open + 1);
      if (close < 0) {
        close = gloss.length();
      }
      if (!examples.isEmpty() || opensExamples(gloss, open)) {
        if (examples.isEmpty()) {
          definitionEnd = open;
        }
        String example = Words.tidy(gloss.substring(open + 1, close));
        if (!example.isEmpty()) {
          examples.add(example);
        }
      }
      open = close < gloss.length() ? gloss.indexOf('"', close + 1) : -1;
    }
    return new Gloss(trimmed(gloss.substring(0, definitionEnd)), examples);
  }

  private static boolean opensExamples(String gloss, int quote) {
    int i = quote - 1;
    while (i >= 0 && gloss.charAt(i) == ' ') {
      i--;
    }
    return i < 0 || gloss.charAt(i) == ';' || gloss.charAt(i) == ':';
  }

  private static String trimmed(String definition) {
    int end = definition.length();
    while (end > 0 && " ;:,".indexOf(definition.charAt(end - 1)) >= 0) {
      end--;
    }
    return Words.tidy(definition.substring(0, end));
  }
}
