package org.espalier.cli.data;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// An example sentence of a LanguageTool rule.
///
/// @param group the id of its rule group, or of the rule when it stands alone
/// @param text the sentence, markers taken out
/// @param markers the ranges that were marked
/// @param type what the file says it is, such as `triggers_error`; null in most sentences
/// @param correction what the marked range should be, alternatives apart by `|`; empty when none is
///   given, null when the sentence is correct
record RuleSentence(
    String group,
    String text,
    List<Marker> markers,
    @Nullable String type,
    @Nullable String correction) {

  /// A half-open range of characters.
  record Marker(int start, int end) {}

  /// Whether the rule's author wrote it as one with an error.
  boolean isIncorrect() {
    return correction != null;
  }
}
