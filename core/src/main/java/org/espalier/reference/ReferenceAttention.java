package org.espalier.reference;

import java.util.stream.IntStream;
import org.espalier.Shape;
import org.espalier.random.DropoutMask;
import org.espalier.spi.FusedKernel.Attention;
import org.espalier.spi.FusedKernel.AttentionBackward;
import org.espalier.spi.FusedKernel.AttentionMask;
import org.espalier.spi.FusedKernel.AttentionSpec;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// Scaled dot-product attention over ragged sequences (Vaswani et al. 2017) and its gradients.
///
/// For query row `i` of a head, over the keys `j` that it sees: `s_j = scale * q_i . k_j`, `p_j =
/// e^(s_j - logSumExp(s))`, `out_i = sum_j p_j m_j v_j`, where `m_j` is 0 or `1 / (1 - dropout)`.
/// Query heads share key and value heads in equal groups (Ainslie et al. 2023). A query that sees
/// no key, or whose scores are all -infinity, gives 0 and `logSumExp` -infinity; rows of no
/// sequence get 0 everywhere.
final class ReferenceAttention {
  private final AttentionSpec spec;
  private final Cells q;
  private final Cells k;
  private final Cells v;
  private final Cells logSumExp;
  private final Segments queries;
  private final Segments keys;
  private final @Nullable Cells prefixes;
  private final @Nullable Cells allowed;
  private final int threshold;

  private ReferenceAttention(AttentionSpec spec, Cells q, Cells k, Cells v, Cells logSumExp) {
    this.spec = spec;
    this.q = q;
    this.k = k;
    this.v = v;
    this.logSumExp = logSumExp;
    queries = new Segments(spec.offsetsQ(), q.rows);
    keys = new Segments(spec.offsetsK(), k.rows);
    View prefix = spec.mask().prefixes();
    prefixes = prefix == null ? null : new Cells(prefix);
    allowed = spec.mask().allowed() == null ? null : new Cells(spec.mask().allowed());
    threshold = DropoutMask.threshold(spec.dropout());
  }

  static void forward(Attention kernel) {
    Cells logSumExp = new Cells(kernel.logSumExp());
    ReferenceElementwise.fill(kernel.out(), 0);
    ReferenceElementwise.fill(kernel.logSumExp(), Double.NEGATIVE_INFINITY);
    var attention =
        new ReferenceAttention(
            kernel.spec(),
            new Cells(kernel.q()),
            new Cells(kernel.k()),
            new Cells(kernel.v()),
            logSumExp);
    Cells out = new Cells(kernel.out());
    for (int s = 0; s < attention.queries.count; s++) {
      for (int head = 0; head < kernel.spec().heads(); head++) {
        for (int i = 0; i < attention.queries.length(s); i++) {
          attention.forwardRow(s, head, i, out);
        }
      }
    }
  }

  private void forwardRow(int s, int head, int i, Cells out) {
    int row = queries.start(s) + i;
    int[] seen = seen(s, head, i);
    double[] scores = scores(s, head, i, seen);
    double max = Double.NEGATIVE_INFINITY;
    for (double score : scores) {
      max = Math.max(max, score);
    }
    if (max == Double.NEGATIVE_INFINITY) {
      return;
    }
    double sum = 0;
    for (double score : scores) {
      sum += StrictMath.exp(score - max);
    }
    logSumExp.set(row * spec.heads() + head, max + StrictMath.log(sum));
    double[] total = new double[spec.headDim()];
    for (int n = 0; n < seen.length; n++) {
      double weight = StrictMath.exp(scores[n] - max) / sum * mask(row, head, seen[n]);
      for (int d = 0; d < total.length; d++) {
        total[d] += weight * v.get(keyCell(v, s, head, seen[n]) + d);
      }
    }
    for (int d = 0; d < total.length; d++) {
      out.set(row * out.columns + head * spec.headDim() + d, total[d]);
    }
  }

  /// With `g_j = m_j * dout_i . v_j` and `ds_j = p_j (g_j - sum_l p_l g_l)`: `dq_i = scale sum_j
  /// ds_j k_j`, `dk_j += scale ds_j q_i`, `dv_j += p_j m_j dout_i`.
  static void backward(AttentionBackward kernel) {
    AttentionSpec spec = kernel.spec();
    var attention =
        new ReferenceAttention(
            spec,
            new Cells(kernel.q()),
            new Cells(kernel.k()),
            new Cells(kernel.v()),
            new Cells(kernel.logSumExp()));
    Cells dout = new Cells(kernel.dout());
    var dq = new Sums(new Cells(kernel.dq()));
    var dk = new Sums(new Cells(kernel.dk()));
    var dv = new Sums(new Cells(kernel.dv()));
    for (int s = 0; s < attention.queries.count; s++) {
      for (int head = 0; head < spec.heads(); head++) {
        for (int i = 0; i < attention.queries.length(s); i++) {
          attention.backwardRow(s, head, i, dout, dq, dk, dv);
        }
      }
    }
    dq.store();
    dk.store();
    dv.store();
  }

  private void backwardRow(int s, int head, int i, Cells dout, Sums dq, Sums dk, Sums dv) {
    int row = queries.start(s) + i;
    int[] seen = seen(s, head, i);
    int queryCell = row * q.columns + head * spec.headDim();
    int outCell = row * dout.columns + head * spec.headDim();
    double lse = logSumExp.get(row * spec.heads() + head);
    if (lse == Double.NEGATIVE_INFINITY) {
      return;
    }
    double[] p = scores(s, head, i, seen);
    double sum = 0;
    for (int n = 0; n < seen.length; n++) {
      p[n] = StrictMath.exp(p[n] - lse);
      sum += p[n];
    }
    double[] g = new double[seen.length];
    double mean = 0;
    for (int n = 0; n < seen.length; n++) {
      p[n] /= sum; // 1, but for the rounding of a log-sum-exp that is stored in F32
      double mask = mask(row, head, seen[n]);
      int valueCell = keyCell(v, s, head, seen[n]);
      for (int d = 0; d < spec.headDim(); d++) {
        g[n] += mask * dout.get(outCell + d) * v.get(valueCell + d);
        dv.add(valueCell + d, p[n] * mask * dout.get(outCell + d));
      }
      mean += p[n] * g[n];
    }
    for (int n = 0; n < seen.length; n++) {
      double ds = p[n] * (g[n] - mean) * spec.scale();
      int keyCell = keyCell(k, s, head, seen[n]);
      for (int d = 0; d < spec.headDim(); d++) {
        dq.add(queryCell + d, ds * k.get(keyCell + d));
        dk.add(keyCell + d, ds * q.get(queryCell + d));
      }
    }
  }

  /// Returns the keys that query `i` of a sequence sees.
  private int[] seen(int s, int head, int i) {
    return IntStream.range(0, keys.length(s)).filter(j -> sees(s, head, i, j)).toArray();
  }

  /// The last query stands where the last key does.
  private boolean sees(int s, int head, int i, int j) {
    AttentionMask mask = spec.mask();
    int place = i + keys.length(s) - queries.length(s);
    boolean inPrefix = prefixes != null && j < prefixes.getInt(s);
    boolean before = !mask.causal() || j <= place || inPrefix;
    boolean near = mask.window() == 0 || Math.abs(place - j) < mask.window();
    return before && near && isAllowed(s, head, i, j);
  }

  private boolean isAllowed(int s, int head, int i, int j) {
    View view = spec.mask().allowed();
    if (view == null || allowed == null) {
      return true;
    }
    Shape shape = view.shape();
    int maskOfSequence = s / (queries.count / shape.size(0));
    int maskOfHead = head / (spec.heads() / shape.size(1));
    int row = maskOfSequence * shape.size(1) + maskOfHead;
    return allowed.getLong((row * shape.size(2) + i) * shape.size(3) + j) != 0;
  }

  private double[] scores(int s, int head, int i, int[] seen) {
    int queryCell = (queries.start(s) + i) * q.columns + head * spec.headDim();
    double[] scores = new double[seen.length];
    for (int n = 0; n < seen.length; n++) {
      int keyCell = keyCell(k, s, head, seen[n]);
      double dot = 0;
      for (int d = 0; d < spec.headDim(); d++) {
        dot += q.get(queryCell + d) * k.get(keyCell + d);
      }
      scores[n] = spec.scale() * dot;
    }
    return scores;
  }

  /// Returns the number of the first element of key `j` of a sequence, for the key head that a
  /// query head reads.
  private int keyCell(Cells table, int s, int head, int j) {
    int keyHead = head / (spec.heads() / spec.kvHeads());
    return (keys.start(s) + j) * table.columns + keyHead * spec.headDim();
  }

  private double mask(int row, int head, int j) {
    if (threshold == 0) {
      return 1;
    }
    int key = DropoutMask.rowKey(spec.seed(), spec.stream(), (long) row * spec.heads() + head);
    return DropoutMask.dropped(key, j, threshold) ? 0 : ReferenceDropout.scale(threshold);
  }

  /// Sums of a gradient in double, rounded once at the end.
  private static final class Sums {
    private final Cells target;
    private final double[] sums;

    Sums(Cells target) {
      this.target = target;
      sums = new double[target.count];
    }

    void add(int i, double value) {
      sums[i] += value;
    }

    void store() {
      for (int i = 0; i < sums.length; i++) {
        target.set(i, sums[i]);
      }
    }
  }
}
