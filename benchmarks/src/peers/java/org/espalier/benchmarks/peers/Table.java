package org.espalier.benchmarks.peers;

import java.util.List;
import java.util.Locale;

/// The rows as text.
final class Table {
  private static final String FORMAT = "%-56s %7s %10s %10s %-8s %6s %9s %8s  %s%n";

  private Table() {}

  static String of(List<Row> rows) {
    StringBuilder s = new StringBuilder();
    s.append(
        String.format(
            FORMAT,
            "row",
            "threads",
            "Espalier",
            "peer",
            "",
            "ratio",
            "differ by",
            "waiting",
            "peer"));
    rows.forEach(r -> s.append(line(r)).append(System.lineSeparator()));
    for (int threads : rows.stream().mapToInt(Row::threads).distinct().toArray()) {
      List<Row> products =
          rows.stream()
              .filter(r -> r.group().equals(Products.GROUP) && r.threads() == threads)
              .toList();
      if (products.size() > 1) {
        s.append(
            String.format(
                Locale.ROOT,
                "products on %d %s: geometric mean %.3f, worst %.2f%n",
                threads,
                threads == 1 ? "thread" : "threads",
                mean(products),
                products.stream().mapToDouble(Row::ratio).min().orElse(0)));
      }
    }
    return s.append(
            "A ratio above 1 means that Espalier is ahead. Differences under 8 % mean nothing where"
                + " others share the machine.\n")
        .toString();
  }

  static double mean(List<Row> rows) {
    return Math.exp(rows.stream().mapToDouble(r -> Math.log(r.ratio())).average().orElse(0));
  }

  static String line(Row r) {
    return String.format(
            Locale.ROOT,
            FORMAT,
            r.name(),
            r.threads(),
            number(r.ours()),
            number(r.peer()),
            r.unit(),
            String.format(Locale.ROOT, "%.2f", r.ratio()),
            Double.isNaN(r.difference()) ? "-" : String.format(Locale.ROOT, "%.0e", r.difference()),
            Double.isNaN(r.waiting())
                ? "-"
                : String.format(Locale.ROOT, "%.0f%%", 100 * r.waiting()),
            r.against())
        .stripTrailing();
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value < 10 ? "%.3f" : value < 1000 ? "%.1f" : "%.0f", value);
  }
}
