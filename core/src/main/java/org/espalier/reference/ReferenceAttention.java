package org.espalier.reference;

import org.espalier.random.DropoutMask;
import org.espalier.spi.FusedKernel.Attention;
import org.espalier.spi.FusedKernel.AttentionBackward;
import org.espalier.spi.FusedKernel.AttentionSpec;

/// Scaled dot-product attention over ragged sequences (Vaswani et al. 2017) and its gradients.
///
/// For query row `i` of a head, with the keys `j` that it sees: `s_j = scale * q_i . k_j`, `p_j =
/// e^(s_j - logSumExp(s))`, `out_i = sum_j p_j m_j v_j`, where `m_j` is 0 or `1 / (1 - dropout)`.
/// Query heads share key and value heads in equal groups (Ainslie et al. 2023). A query that sees
/// no key gives 0 and `logSumExp` -infinity; rows of no sequence get 0 everywhere.
final class ReferenceAttention {
  private final AttentionSpec spec;
  private final Cells q;
  private final Cells k;
  private final Cells v;
  private final Cells logSumExp;
  private final Segments queries;
  private final Segments keys;
  private final int threshold;

  private ReferenceAttention(AttentionSpec spec, Cells q, Cells k, Cells v, Cells logSumExp) {
    this.spec = spec;
    this.q = q;
    this.k = k;
    this.v = v;
    this.logSumExp = logSumExp;
    queries = new Segments(spec.offsetsQ(), q.rows);
    keys = new Segments(spec.offsetsK(), k.rows);
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
    int seen = seen(s, i);
    double[] scores = scores(s, head, i, seen);
    double max = Double.NEGATIVE_INFINITY;
    for (double score : scores) {
      max = Math.max(max, score);
    }
    double sum = 0;
    for (double score : scores) {
      sum += StrictMath.exp(score - max);
    }
    if (seen > 0) {
      logSumExp.set(row * spec.heads() + head, max + StrictMath.log(sum));
    }
    double[] total = new double[spec.headDim()];
    for (int j = 0; j < seen; j++) {
      double weight = StrictMath.exp(scores[j] - max) / sum * mask(row, head, j);
      for (int d = 0; d < total.length; d++) {
        total[d] += weight * v.get(keyCell(v, s, head, j) + d);
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
    int seen = seen(s, i);
    int queryCell = row * q.columns + head * spec.headDim();
    int outCell = row * dout.columns + head * spec.headDim();
    double lse = logSumExp.get(row * spec.heads() + head);
    double[] p = scores(s, head, i, seen);
    double[] g = new double[seen];
    double mean = 0;
    for (int j = 0; j < seen; j++) {
      p[j] = StrictMath.exp(p[j] - lse);
      double mask = mask(row, head, j);
      int valueCell = keyCell(v, s, head, j);
      for (int d = 0; d < spec.headDim(); d++) {
        g[j] += mask * dout.get(outCell + d) * v.get(valueCell + d);
        dv.add(valueCell + d, p[j] * mask * dout.get(outCell + d));
      }
      mean += p[j] * g[j];
    }
    for (int j = 0; j < seen; j++) {
      double ds = p[j] * (g[j] - mean) * spec.scale();
      int keyCell = keyCell(k, s, head, j);
      for (int d = 0; d < spec.headDim(); d++) {
        dq.add(queryCell + d, ds * k.get(keyCell + d));
        dk.add(keyCell + d, ds * q.get(queryCell + d));
      }
    }
  }

  /// Returns how many keys query `i` of a sequence sees: all, or those up to its own place when the
  /// last query is aligned with the last key.
  private int seen(int s, int i) {
    int all = keys.length(s);
    return spec.causal() ? Math.max(0, i + 1 + all - queries.length(s)) : all;
  }

  private double[] scores(int s, int head, int i, int seen) {
    int queryCell = (queries.start(s) + i) * q.columns + head * spec.headDim();
    double[] scores = new double[seen];
    for (int j = 0; j < seen; j++) {
      int keyCell = keyCell(k, s, head, j);
      double dot = 0;
      for (int d = 0; d < spec.headDim(); d++) {
        dot += q.get(queryCell + d) * k.get(keyCell + d);
      }
      scores[j] = spec.scale() * dot;
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
