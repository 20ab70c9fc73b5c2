package org.espalier.benchmarks.peers;

import java.util.LinkedHashMap;
import java.util.Map;

/// A line of the table.
///
/// @param group rows of one group stand together in the picture
/// @param name what is compared
/// @param threads that each side computes on
/// @param ours our figure, in `unit`
/// @param peer the peer's
/// @param unit `GFLOP/s`, `ms`, `s` or `MB`
/// @param against the peer, with what made it fastest
/// @param difference the largest difference of the two sides' results; NaN where none was looked at
/// @param waiting share of the time in which somebody waited for a processor
record Row(
    String group,
    String name,
    int threads,
    double ours,
    double peer,
    String unit,
    String against,
    double difference,
    double waiting) {

  /// Returns how many times better we are: above 1 means ahead.
  double ratio() {
    return unit.equals("GFLOP/s") ? ours / peer : peer / ours;
  }

  /// Returns the row for a file of results.
  Map<String, Object> json() {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("name", name);
    all.put("threads", threads);
    all.put("ours", ours);
    all.put("peer", peer);
    all.put("ratio", ratio());
    all.put("unit", unit);
    all.put("against", against);
    if (!Double.isNaN(difference)) {
      all.put("difference", difference);
    }
    if (!Double.isNaN(waiting)) {
      all.put("waiting", waiting);
    }
    return all;
  }
}
