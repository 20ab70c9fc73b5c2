package org.espalier.benchmarks;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.espalier.io.json.Json;
import org.openjdk.jmh.results.RunResult;

/// The rows of a run with their rates, each beside what this machine can do at best.
final class Report {
  private final Machine before;
  private final Machine after;
  private final List<ReportRow> peaks = new ArrayList<>();
  private final List<ReportRow> rows = new ArrayList<>();

  Report(Machine before, Machine after, Collection<RunResult> results) {
    this.before = before;
    this.after = after;
    for (RunResult result : results) {
      ReportRow row = ReportRow.of(result);
      (row.name().startsWith("Peaks.") ? peaks : rows).add(row);
    }
  }

  /// Returns the best rate of the peaks that used as many threads as the row; 0 when none was
  /// measured.
  private double peak(ReportRow row, boolean flops) {
    return peaks.stream()
        .filter(p -> p.threads() == row.threads())
        .mapToDouble(p -> flops ? p.gflops() : p.gigabytesPerSecond())
        .max()
        .orElse(0);
  }

  String text() {
    StringBuilder s = new StringBuilder();
    s.append(String.format("%n%s%n", before.processor()));
    before.engine().forEach(line -> s.append(line).append(System.lineSeparator()));
    s.append(String.format("load before %s; after %s%n", before.load(), after.load()));
    for (ReportRow p : peaks) {
      s.append(
          String.format(
              Locale.ROOT,
              "peak %-28s %8.1f %s%n",
              p.name().substring("Peaks.".length()),
              p.gflops() > 0 ? p.gflops() : p.gigabytesPerSecond(),
              p.gflops() > 0 ? "GFLOP/s" : "GB/s"));
    }
    s.append(
        String.format(
            Locale.ROOT,
            "%n%-42s %10s %7s %9s %8s %8s %8s %9s%n",
            "row",
            "ms",
            "+-",
            "GFLOP/s",
            "of peak",
            "GB/s",
            "of copy",
            "KB/op"));
    for (ReportRow r : rows) {
      s.append(
          String.format(
              Locale.ROOT,
              "%-42s %10.3f %7s %9s %8s %8s %8s %9.1f%n",
              r.name(),
              r.milliseconds(),
              Double.isNaN(r.error()) ? "-" : percent(r.error(), 1),
              number(r.gflops()),
              percent(r.gflops(), peak(r, true)),
              number(r.gigabytesPerSecond()),
              percent(r.gigabytesPerSecond(), peak(r, false)),
              r.allocated() / 1e3));
    }
    return s.toString();
  }

  private static String number(double value) {
    return value == 0 ? "-" : String.format(Locale.ROOT, "%.1f", value);
  }

  private static String percent(double value, double of) {
    return value == 0 || of == 0 ? "-" : String.format(Locale.ROOT, "%.0f%%", 100 * value / of);
  }

  String json() {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("before", before.json());
    all.put("after", after.json());
    all.put("peaks", peaks.stream().map(p -> p.json(0, 0)).toList());
    all.put("rows", rows.stream().map(r -> r.json(peak(r, true), peak(r, false))).toList());
    return Json.writeIndented(all);
  }
}
