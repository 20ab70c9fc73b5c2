package org.espalier.cpu;

import java.util.Arrays;
import org.espalier.parallel.Workers;

/// Multi-head attention `softmax(scale q k^T) v` over ragged sequences, fused (Vaswani et al. 2017;
/// the scores are never stored: Dao et al. 2022).
///
/// Head `h` of a query row lies at column `h * headDim`, of a key or value row at `h / (heads /
/// kvHeads) * headDim`. The bits depend on nothing but the operands of the sequence and the row's
/// number (for dropout): not on threads, vector width, tiles or the other sequences. A query
/// without keys, and a row of no sequence, gives 0 and a log-sum-exp of minus infinity.
final class Attention {
  /// What a row costs beside its scores, in scores: copying, packing, calls.
  private static final long ROW_COST = 64;

  /// Blocks of work for each thread: enough that nobody waits long for the last one.
  private static final int BLOCKS_A_THREAD = 8;

  private Attention() {}

  /// Computes `out` `[queries, heads * headDim]` and the log-sum-exp `[queries, heads]` of the
  /// scaled scores.
  static void forward(
      AttentionLayout layout,
      float[] q,
      int qOffset,
      int ldq,
      float[] k,
      int kOffset,
      int ldk,
      float[] v,
      int vOffset,
      int ldv,
      float[] out,
      int outOffset,
      int ldo,
      float[] lse,
      int lseOffset) {
    forward(
        TileKernels.CHOSEN,
        layout,
        q,
        qOffset,
        ldq,
        k,
        kOffset,
        ldk,
        v,
        vOffset,
        ldv,
        out,
        outOffset,
        ldo,
        lse,
        lseOffset);
  }

  /// The same with the matrix kernels of a given width.
  static void forward(
      TileKernels kernels,
      AttentionLayout layout,
      float[] q,
      int qOffset,
      int ldq,
      float[] k,
      int kOffset,
      int ldk,
      float[] v,
      int vOffset,
      int ldv,
      float[] out,
      int outOffset,
      int ldo,
      float[] lse,
      int lseOffset) {
    checkQueries("q", layout, q, qOffset, ldq);
    checkKeys("k", layout, k, kOffset, ldk);
    checkKeys("v", layout, v, vOffset, ldv);
    checkQueries("out", layout, out, outOffset, ldo);
    Gemm.check("lse", layout.rowsQ, layout.heads, lse, lseOffset, layout.heads);
    clearOutside(layout, out, outOffset, ldo, lse, lseOffset);
    AttentionForward forward =
        new AttentionForward(
            kernels, layout, q, qOffset, ldq, k, kOffset, ldk, v, vOffset, ldv, out, outOffset, ldo,
            lse, lseOffset);
    // Heads that share keys go together, unless that leaves threads without work.
    int threads = Workers.threads();
    int group = layout.heads / layout.kvHeads;
    int together = (long) layout.sequences * layout.kvHeads >= threads ? group : 1;
    int parts = layout.heads / together;
    int blocks = blocks(layout, parts, threads);
    Workers.run(
        blocks,
        block -> {
          AttentionScratch scratch = AttentionScratch.POOL.take();
          try {
            for (int unit = cut(layout, parts, block, blocks),
                    end = cut(layout, parts, block + 1, blocks);
                unit < end;
                unit++) {
              int head = unit % parts * together;
              forward.run(scratch, unit / parts, head, head + together);
            }
          } finally {
            AttentionScratch.POOL.giveBack(scratch);
          }
        });
  }

  /// Computes the gradients `dq`, `dk`, `dv`, which are written, not added to; they may be columns
  /// of one matrix.
  static void backward(
      AttentionLayout layout,
      float[] q,
      int qOffset,
      int ldq,
      float[] k,
      int kOffset,
      int ldk,
      float[] v,
      int vOffset,
      int ldv,
      float[] out,
      int outOffset,
      int ldo,
      float[] lse,
      int lseOffset,
      float[] dout,
      int doutOffset,
      int lddo,
      float[] dq,
      int dqOffset,
      int lddq,
      float[] dk,
      int dkOffset,
      int lddk,
      float[] dv,
      int dvOffset,
      int lddv) {
    backward(
        TileKernels.CHOSEN,
        layout,
        q,
        qOffset,
        ldq,
        k,
        kOffset,
        ldk,
        v,
        vOffset,
        ldv,
        out,
        outOffset,
        ldo,
        lse,
        lseOffset,
        dout,
        doutOffset,
        lddo,
        dq,
        dqOffset,
        lddq,
        dk,
        dkOffset,
        lddk,
        dv,
        dvOffset,
        lddv);
  }

  /// The same with the matrix kernels of a given width.
  static void backward(
      TileKernels kernels,
      AttentionLayout layout,
      float[] q,
      int qOffset,
      int ldq,
      float[] k,
      int kOffset,
      int ldk,
      float[] v,
      int vOffset,
      int ldv,
      float[] out,
      int outOffset,
      int ldo,
      float[] lse,
      int lseOffset,
      float[] dout,
      int doutOffset,
      int lddo,
      float[] dq,
      int dqOffset,
      int lddq,
      float[] dk,
      int dkOffset,
      int lddk,
      float[] dv,
      int dvOffset,
      int lddv) {
    checkQueries("q", layout, q, qOffset, ldq);
    checkKeys("k", layout, k, kOffset, ldk);
    checkKeys("v", layout, v, vOffset, ldv);
    checkQueries("out", layout, out, outOffset, ldo);
    Gemm.check("lse", layout.rowsQ, layout.heads, lse, lseOffset, layout.heads);
    checkQueries("dout", layout, dout, doutOffset, lddo);
    checkQueries("dq", layout, dq, dqOffset, lddq);
    checkKeys("dk", layout, dk, dkOffset, lddk);
    checkKeys("dv", layout, dv, dvOffset, lddv);
    clearQueriesOutside(layout, dq, dqOffset, lddq);
    clearKeysOutside(layout, dk, dkOffset, lddk);
    clearKeysOutside(layout, dv, dvOffset, lddv);
    AttentionBackward backward =
        new AttentionBackward(
            kernels,
            layout,
            q,
            qOffset,
            ldq,
            k,
            kOffset,
            ldk,
            v,
            vOffset,
            ldv,
            out,
            outOffset,
            ldo,
            lse,
            lseOffset,
            dout,
            doutOffset,
            lddo,
            dq,
            dqOffset,
            lddq,
            dk,
            dkOffset,
            lddk,
            dv,
            dvOffset,
            lddv);
    // Heads that share keys add into the same dk and dv: they stay together.
    int parts = layout.kvHeads;
    int group = layout.heads / parts;
    int blocks = blocks(layout, parts, Workers.threads());
    Workers.run(
        blocks,
        block -> {
          AttentionScratch scratch = AttentionScratch.POOL.take();
          try {
            for (int unit = cut(layout, parts, block, blocks),
                    end = cut(layout, parts, block + 1, blocks);
                unit < end;
                unit++) {
              int head = unit % parts * group;
              backward.run(scratch, unit / parts, head, head + group);
            }
          } finally {
            AttentionScratch.POOL.giveBack(scratch);
          }
        });
  }

  private static long cost(AttentionLayout layout, int sequence) {
    long queries = layout.queries(sequence);
    long keys = layout.keys(sequence);
    return queries * keys + (queries + keys) * ROW_COST + 1;
  }

  private static long cost(AttentionLayout layout) {
    long sum = 0;
    for (int s = 0; s < layout.sequences; s++) {
      sum += cost(layout, s);
    }
    return sum;
  }

  /// In how many blocks the units (sequence, part of the heads) are given out.
  private static int blocks(AttentionLayout layout, int parts, int threads) {
    boolean small = cost(layout) * layout.heads < 1 << 14;
    int most = threads == 1 || small ? 1 : threads * BLOCKS_A_THREAD;
    return (int) Math.min(most, (long) layout.sequences * parts);
  }

  /// The first unit of a block: equal shares of the cost, in whole units.
  private static int cut(AttentionLayout layout, int parts, int block, int blocks) {
    double share = (double) cost(layout) * parts * block / blocks;
    double before = 0;
    for (int s = 0; s < layout.sequences; s++) {
      double each = cost(layout, s);
      if (before + each * parts > share) {
        int unit = (int) Math.min(parts, Math.round((share - before) / each));
        return s * parts + unit;
      }
      before += each * parts;
    }
    return layout.sequences * parts;
  }

  /// Gives the query rows of no sequence what a query without keys gets.
  private static void clearOutside(
      AttentionLayout layout, float[] out, int outOffset, int ldo, float[] lse, int lseOffset) {
    clearQueriesOutside(layout, out, outOffset, ldo);
    int first = layout.queryStart(0) * layout.heads;
    int end = layout.queryStart(layout.sequences) * layout.heads;
    float none = Float.NEGATIVE_INFINITY;
    Arrays.fill(lse, lseOffset, lseOffset + first, none);
    Arrays.fill(lse, lseOffset + end, lseOffset + layout.rowsQ * layout.heads, none);
  }

  private static void clearQueriesOutside(AttentionLayout layout, float[] x, int offset, int ld) {
    int columns = layout.heads * layout.headDim;
    clearRows(0, layout.queryStart(0), columns, x, offset, ld);
    clearRows(layout.queryStart(layout.sequences), layout.rowsQ, columns, x, offset, ld);
  }

  private static void clearKeysOutside(AttentionLayout layout, float[] x, int offset, int ld) {
    int columns = layout.kvHeads * layout.headDim;
    clearRows(0, layout.keyStart(0), columns, x, offset, ld);
    clearRows(layout.keyStart(layout.sequences), layout.rowsK, columns, x, offset, ld);
  }

  private static void clearRows(int from, int to, int columns, float[] x, int offset, int ld) {
    for (int row = from; row < to; row++) {
      int at = offset + row * ld;
      Arrays.fill(x, at, at + columns, 0);
    }
  }

  private static void checkQueries(
      String name, AttentionLayout layout, float[] array, int offset, int ld) {
    Gemm.check(name, layout.rowsQ, layout.heads * layout.headDim, array, offset, ld);
  }

  private static void checkKeys(
      String name, AttentionLayout layout, float[] array, int offset, int ld) {
    Gemm.check(name, layout.rowsK, layout.kvHeads * layout.headDim, array, offset, ld);
  }
}
