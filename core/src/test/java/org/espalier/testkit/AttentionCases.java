package org.espalier.testkit;

import static org.espalier.testkit.Input.ints;
import static org.espalier.testkit.Input.normal;

import java.util.ArrayList;
import java.util.List;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.op.Attention;
import org.jspecify.annotations.Nullable;

/// Cases of attention.
final class AttentionCases {
  private AttentionCases() {}

  static List<OpCase> all() {
    List<OpCase> cases = new ArrayList<>();
    for (boolean causal : new boolean[] {false, true}) {
      for (double dropout : new double[] {0, 0.25}) {
        String kind = (causal ? " causal" : "") + (dropout > 0 ? " dropout" : "");
        cases.add(self("ragged" + kind, 2, 2, 3, causal, dropout, 0, 3, 4, 7));
        cases.add(self("shared heads" + kind, 4, 2, 3, causal, dropout, 0, 2, 5));
        cases.add(cross("more keys" + kind, causal, dropout, ints(0, 2, 3), ints(0, 5, 7)));
        cases.add(cross("more queries" + kind, causal, dropout, ints(0, 5, 7), ints(0, 2, 3)));
        cases.add(cross("no keys" + kind, causal, dropout, ints(0, 2, 3), ints(0, 0, 2)));
        cases.add(cross("no queries" + kind, causal, dropout, ints(0, 0, 3), ints(0, 2, 4)));
        cases.add(self("wide heads" + kind, 1, 1, 35, causal, dropout, 0, 5));
        cases.add(self("long" + kind, 2, 1, 8, causal, dropout, 0, 75, 80).noGradient());
      }
    }
    cases.add(
        OpCase.of(
                "values in a wider matrix",
                Attention.class,
                t ->
                    new Attention(2, 2, 0.6, false, 0, 0, 0)
                        .apply(t[0], t[1], t[2].slice(1, 1, 7), t[3], t[4]),
                normal(1, 5, 6),
                normal(2, 5, 6),
                normal(3, 5, 9),
                ints(0, 2, 5),
                ints(0, 3, 5))
            .terms(16));
    for (double dropout : new double[] {0, 0.25}) {
      String kind = dropout > 0 ? " dropout" : "";
      cases.add(masked("prefixes" + kind, true, 0, dropout, ints(1, 0, 9), null));
      cases.add(masked("causal window" + kind, true, 2, dropout, null, null));
      cases.add(masked("window" + kind, false, 3, dropout, null, null));
      cases.add(masked("mask" + kind, false, 0, dropout, null, mask(3, 2, 5, 7)));
      cases.add(masked("causal mask" + kind, true, 0, dropout, null, mask(1, 2, 4, 6)));
      cases.add(
          masked("mask and prefixes" + kind, true, 0, dropout, ints(2, 2, 2), mask(3, 1, 4, 6)));
      cases.add(masked("mask and window" + kind, true, 4, dropout, null, mask(1, 1, 4, 6)));
    }
    cases.addAll(DenseAttentionCases.all());
    cases.add(outside("rows after the last sequence", ints(0, 3), ints(0, 5)));
    cases.add(outside("rows before the first sequence", ints(2, 4, 6), ints(3, 3, 7)));
    cases.add(outside("rows around the sequences", ints(1, 3), ints(2, 5)));
    cases.add(outside("rows without a sequence", ints(0), ints(0)));
    cases.add(outside("rows without a sequence that begins later", ints(6), ints(2)));
    cases.add(
        OpCase.of(
                "one row for all",
                Attention.class,
                t ->
                    new Attention(2, 1, 0.6, true, 0, 0, 0)
                        .apply(
                            t[0].expand(Shape.of(5, 6)),
                            t[1].expand(Shape.of(5, 3)),
                            t[2].expand(Shape.of(5, 3)),
                            t[3],
                            t[3]),
                normal(1, 1, 6),
                normal(2, 1, 3),
                normal(3, 1, 3),
                ints(0, 2, 5))
            .terms(16));
    cases.add(
        OpCase.of(
                "windows that overlap",
                Attention.class,
                t ->
                    new Attention(2, 2, 0.6, false, 0, 0, 0)
                        .apply(
                            t[0].unfold(0, 4, 2),
                            t[1].unfold(0, 4, 1).slice(0, 0, 5),
                            t[2].unfold(0, 4, 3),
                            t[3],
                            t[3]),
                normal(1, 12),
                normal(2, 12),
                normal(3, 16),
                ints(0, 2, 5))
            .terms(16));
    cases.add(self("one row", 1, 1, 4, true, 0, 0, 1));
    cases.add(self("nothing", 2, 2, 3, false, 0, 0));
    cases.add(self("everything dropped", 2, 2, 3, false, 1, 0, 3));
    cases.add(
        OpCase.of(
                "columns of one matrix",
                Attention.class,
                t ->
                    new Attention(2, 1, 0.7, true, 0, 1, 2)
                        .apply(
                            t[0].slice(1, 0, 6),
                            t[0].slice(1, 6, 9),
                            t[0].slice(1, 9, 12),
                            t[1],
                            t[1]),
                normal(1, 5, 12),
                ints(0, 2, 5))
            .terms(16));
    return cases;
  }

  private static OpCase self(
      String name,
      int heads,
      int kvHeads,
      int dim,
      boolean causal,
      double dropout,
      int... offsets) {
    int rows = offsets[offsets.length - 1];
    var attention = new Attention(heads, kvHeads, 0.6, causal, dropout, 7, 1);
    return OpCase.of(
            name,
            Attention.class,
            t -> attention.apply(t[0], t[1], t[2], t[3], t[3]),
            normal(1, rows, heads * dim),
            normal(2, rows, kvHeads * dim),
            normal(3, rows, kvHeads * dim),
            ints(offsets))
        .terms(16);
  }

  private static OpCase cross(
      String name, boolean causal, double dropout, Input offsetsQ, Input offsetsK) {
    var attention = new Attention(2, 1, 0.6, causal, dropout, 7, 1);
    return OpCase.of(
            name,
            Attention.class,
            t -> attention.apply(t[0], t[1], t[2], t[3], t[4]),
            normal(1, offsetsQ.lastInt(), 6),
            normal(2, offsetsK.lastInt(), 3),
            normal(3, offsetsK.lastInt(), 3),
            offsetsQ,
            offsetsK)
        .terms(16);
  }

  /// 6 queries and 7 keys, not all of them in a sequence.
  private static OpCase outside(String name, Input offsetsQ, Input offsetsK) {
    var attention = new Attention(2, 1, 0.6, true, 0, 0, 0);
    return OpCase.of(
            name,
            Attention.class,
            t -> attention.apply(t[0], t[1], t[2], t[3], t[4]),
            normal(1, 6, 6),
            normal(2, 7, 3),
            normal(3, 7, 3),
            offsetsQ,
            offsetsK)
        .terms(16);
  }

  private static Input mask(int... sizes) {
    return Input.integers(DType.BOOL, 11, sizes);
  }

  /// Three sequences of 3, 1 and 4 queries over 6, 0 and 4 keys, in two heads that share one.
  private static OpCase masked(
      String name,
      boolean causal,
      int window,
      double dropout,
      @Nullable Input prefixes,
      @Nullable Input allowed) {
    var attention = new Attention(2, 1, 0.6, causal, window, dropout, 7, 1);
    List<Input> inputs =
        new ArrayList<>(
            List.of(
                normal(1, 8, 6),
                normal(2, 10, 3),
                normal(3, 10, 3),
                ints(0, 3, 4, 8),
                ints(0, 6, 6, 10)));
    int prefixAt = prefixes == null ? -1 : inputs.size();
    if (prefixes != null) {
      inputs.add(prefixes);
    }
    int allowedAt = allowed == null ? -1 : inputs.size();
    if (allowed != null) {
      inputs.add(allowed);
    }
    return OpCase.of(
            name,
            Attention.class,
            t ->
                attention.apply(
                    t[0],
                    t[1],
                    t[2],
                    t[3],
                    t[4],
                    prefixAt < 0 ? null : t[prefixAt],
                    allowedAt < 0 ? null : t[allowedAt]),
            inputs.toArray(Input[]::new))
        .terms(16);
  }
}
