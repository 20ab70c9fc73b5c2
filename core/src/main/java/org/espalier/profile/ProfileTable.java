package org.espalier.profile;

import java.util.List;
import java.util.Locale;

/// Writes the rows of a profile as a table.
final class ProfileTable {
  private static final String LEGEND =
      """
      ms: the op's own time, without ops inside it. GFLOP/s: matrix products and attention only, counted exactly; - where
      nothing is counted. MB: what its kernels had to read and write, each operand once. reference: kernels of the slow backend.
      """;

  private ProfileTable() {}

  static String of(List<ProfileRow> rows, double seconds, int threads) {
    double inOps = rows.stream().mapToDouble(ProfileRow::seconds).sum();
    StringBuilder s = new StringBuilder();
    s.append(
        String.format(
            Locale.ROOT,
            "Profile of %.1f ms; ops took %.1f ms on %d %s%n",
            seconds * 1e3,
            inOps * 1e3,
            threads,
            threads == 1 ? "thread" : "threads"));
    s.append(
        String.format(
            Locale.ROOT,
            "  %-22s %-8s %7s %10s %6s %8s %9s %7s  %s%n",
            "op",
            "phase",
            "calls",
            "ms",
            "%",
            "GFLOP/s",
            "MB",
            "GB/s",
            "reference"));
    for (ProfileRow r : rows) {
      s.append(
          String.format(
                  Locale.ROOT,
                  "  %-22s %-8s %7d %10.2f %6.1f %8s %9s %7s  %s",
                  r.op(),
                  r.phase().label(),
                  r.calls(),
                  r.seconds() * 1e3,
                  inOps > 0 ? 100 * r.seconds() / inOps : 0,
                  r.flops() == 0 ? "-" : number(r.gflops()),
                  r.bytes() == 0 ? "-" : number(r.bytes() / 1e6),
                  r.bytes() == 0 ? "-" : number(r.gigabytesPerSecond()),
                  r.delegated() == 0 ? "" : r.delegated() + " of " + r.kernels() + " kernels")
              .stripTrailing());
      s.append(System.lineSeparator());
    }
    return s.append(LEGEND).toString();
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }
}
