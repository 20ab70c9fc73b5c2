package org.espalier.benchmarks.peers;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// A drawing of the ratios: a bar for each row, from 1 to the right where we are ahead and to the
/// left where not. Logarithmic, so that twice as fast and half as fast look alike.
///
/// Colours come from the page's own scheme, light or dark; the background stays the page's.
final class Picture {
  private static final int WIDTH = 860;
  private static final int LABELS = 380;
  private static final int RIGHT = 90;
  private static final int LINE = 24;
  private static final int TOP = 64;

  private final StringBuilder out = new StringBuilder();
  private final double least;
  private final double most;
  private int y = TOP;

  private Picture(List<Row> bars) {
    double lo = bars.stream().mapToDouble(Row::ratio).min().orElse(1);
    double hi = bars.stream().mapToDouble(Row::ratio).max().orElse(1);
    least = Math.min(0.7, 0.9 * lo);
    most = Math.max(2.2, 1.05 * hi);
  }

  static String of(Results results) {
    return of(results, bars(results.rows()));
  }

  private static String of(Results results, List<Row> bars) {
    Picture p = new Picture(bars);
    Map<String, List<Row>> groups = new LinkedHashMap<>();
    bars.forEach(r -> groups.computeIfAbsent(r.group(), g -> new ArrayList<>()).add(r));
    int height = TOP + bars.size() * LINE + groups.size() * (LINE + 10) + 48;
    p.open(height);
    p.grid(height - 40);
    groups.forEach((group, rows) -> {
      p.heading(group);
      rows.forEach(p::bar);
    });
    p.text(
        "machine",
        WIDTH / 2.0,
        height - 12.0,
        results.machine().getOrDefault("processor", "")
            + ", "
            + bars.stream().mapToInt(Row::threads).max().orElse(1)
            + " threads; "
            + results.machine().getOrDefault("when", ""));
    return p.out.append("</svg>\n").toString();
  }

  /// Sixty products would drown everything else: their mean and the worst stand for them.
  private static List<Row> bars(List<Row> rows) {
    List<Row> bars = new ArrayList<>();
    for (int threads : rows.stream().mapToInt(Row::threads).distinct().sorted().toArray()) {
      List<Row> products =
          rows.stream()
              .filter(r -> r.group().equals(Products.GROUP) && r.threads() == threads)
              .toList();
      if (!products.isEmpty()) {
        String on = threads == 1 ? " on 1 thread" : " on " + threads + " threads";
        double mean = Table.mean(products);
        double worst = products.stream().mapToDouble(Row::ratio).min().orElse(1);
        bars.add(summary(products.size() + " products" + on + ", mean", threads, mean));
        bars.add(summary("the worst of them", threads, worst));
      }
    }
    rows.stream().filter(r -> !r.group().equals(Products.GROUP)).forEach(bars::add);
    return bars;
  }

  private static Row summary(String name, int threads, double ratio) {
    return new Row(
        Products.GROUP, name, threads, ratio, 1, "GFLOP/s", "OpenBLAS", Double.NaN, Double.NaN);
  }

  private void open(int height) {
    out.append(
        String.format(
            Locale.ROOT,
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %1$d %2$d" width="%1$d" height="%2$d" role="img" aria-label="How many times better Espalier does than OpenBLAS and PyTorch on the same machine">
            <style>
              text { font: 13px -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328; }
              .title { font-size: 17px; font-weight: 600; }
              .group { font-weight: 600; }
              .row { text-anchor: end; }
              .tick, .machine { font-size: 11px; text-anchor: middle; fill: #59636e; }
              .number { font-weight: 600; }
              .ahead { fill: #2da44e; }
              .behind { fill: #d4752c; }
              .grid { stroke: #d1d9e0; }
              .one { stroke: #59636e; stroke-width: 1.5; }
              @media (prefers-color-scheme: dark) {
                text { fill: #f0f6fc; }
                .tick, .machine { fill: #9198a1; }
                .ahead { fill: #3fb950; }
                .behind { fill: #db8a45; }
                .grid { stroke: #3d444d; }
                .one { stroke: #9198a1; }
              }
            </style>
            """,
            WIDTH,
            height));
    text(
        "title", 16, 28, "Espalier beside OpenBLAS and PyTorch: how many times faster, or smaller");
  }

  private void grid(int bottom) {
    for (double tick : new double[] {0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8}) {
      if (tick >= least && tick <= most) {
        out.append(
            String.format(
                Locale.ROOT,
                "<line class=\"%s\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>%n",
                tick == 1 ? "one" : "grid",
                x(tick),
                TOP - 8,
                x(tick),
                bottom));
        text("tick", x(tick), TOP - 14, tick == 1 ? "equal" : trimmed(tick) + "x");
      }
    }
  }

  private static String trimmed(double tick) {
    return tick == Math.rint(tick) ? Integer.toString((int) tick) : Double.toString(tick);
  }

  private double x(double ratio) {
    double share = Math.log(ratio / least) / Math.log(most / least);
    return LABELS + share * (WIDTH - LABELS - RIGHT);
  }

  private void heading(String group) {
    y += 10;
    text("group", 16, y + 17, group);
    y += LINE;
  }

  private void bar(Row row) {
    text("row", LABELS - 12, y + 16, row.name());
    double from = Math.min(x(1), x(row.ratio()));
    double to = Math.max(x(1), x(row.ratio()));
    out.append(
        String.format(
            Locale.ROOT,
            "<rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\"/>%n",
            row.ratio() >= 1 ? "ahead" : "behind",
            from,
            y + 4,
            Math.max(1, to - from),
            LINE - 8));
    String ratio = String.format(Locale.ROOT, "%.2fx", row.ratio());
    text("number", to + 6, y + 16, ratio);
    y += LINE;
  }

  private void text(String kind, double x, double at, Object text) {
    String safe = text.toString().replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    out.append(
        String.format(
            Locale.ROOT,
            "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">%s</text>%n",
            kind,
            x,
            at,
            safe));
  }
}
