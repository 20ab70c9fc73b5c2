package org.espalier.cli.data;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// What was read from one source, what was dropped, and why.
///
/// @param source where the data came from, such as `WordNet 3.1`
/// @param counts how many, by what was counted, in the order of reading
public record LoadReport(String source, Map<String, Integer> counts) {
  /// Keeps an immutable copy in the same order.
  public LoadReport {
    counts = Collections.unmodifiableMap(new LinkedHashMap<>(counts));
  }

  /// How many were counted under that name; 0 when none was.
  public int count(String what) {
    return counts.getOrDefault(what, 0);
  }

  /// A small table, one count a line.
  @Override
  public String toString() {
    var text = new StringBuilder(source);
    counts.forEach((what, n) -> text.append(String.format(Locale.ROOT, "%n  %,9d  %s", n, what)));
    return text.toString();
  }

  /// Counts while a source is being read.
  static final class Tally {
    private final Map<String, Integer> counts = new LinkedHashMap<>();

    void add(String what) {
      add(what, 1);
    }

    void add(String what, int n) {
      counts.merge(what, n, Integer::sum);
    }

    LoadReport report(String source) {
      return new LoadReport(source, counts);
    }
  }
}
