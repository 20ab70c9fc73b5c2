package org.espalier.cpu;

import java.util.Arrays;

/// Forward attention of one head of one sequence, a tile of query rows at a time.
///
/// Every score is one chain of fused multiply-adds over the head dimension, every output one over
/// the keys; maximum, exponentials and their sum go by [RowKernels], from the first key that a
/// query sees by its place: so a cache may forget the keys before its window.
final class AttentionForward {
  private final TileKernels kernels;
  private final AttentionLayout layout;
  private final float[] q;
  private final int qOffset;
  private final int ldq;
  private final float[] k;
  private final int kOffset;
  private final int ldk;
  private final float[] v;
  private final int vOffset;
  private final int ldv;
  private final float[] out;
  private final int outOffset;
  private final int ldo;
  private final float[] lse;
  private final int lseOffset;

  AttentionForward(
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
    this.kernels = kernels;
    this.layout = layout;
    this.q = q;
    this.qOffset = qOffset;
    this.ldq = ldq;
    this.k = k;
    this.kOffset = kOffset;
    this.ldk = ldk;
    this.v = v;
    this.vOffset = vOffset;
    this.ldv = ldv;
    this.out = out;
    this.outOffset = outOffset;
    this.ldo = ldo;
    this.lse = lse;
    this.lseOffset = lseOffset;
  }

  /// The query heads `[head, headEnd)`, which share one key head.
  void run(AttentionScratch scratch, int sequence, int head, int headEnd) {
    int queries = layout.queries(sequence);
    int keys = layout.keys(sequence);
    if (queries == 0) {
      return;
    }
    int dim = layout.headDim;
    int kvColumn = head / (layout.heads / layout.kvHeads) * dim;
    int keyRow = layout.keyStart(sequence);
    int padded = GemmPacking.paddedColumns(kernels, keys);
    scratch.keysT = AttentionScratch.grown(scratch.keysT, padded * dim);
    GemmPacking.columns(
        kernels,
        dim,
        keys,
        k,
        kOffset + keyRow * ldk + kvColumn,
        ldk,
        scratch.keysT,
        GemmScratch.ALIGN);
    scratch.values =
        AttentionScratch.grown(scratch.values, keys * GemmPacking.paddedColumns(kernels, dim));
    GemmPacking.rows(
        kernels,
        keys,
        dim,
        v,
        vOffset + keyRow * ldv + kvColumn,
        ldv,
        scratch.values,
        GemmScratch.ALIGN);
    int ld = AttentionScratch.rowDistance(padded);
    int most = AttentionScratch.tileRows(queries, ld);
    scratch.scores = AttentionScratch.grown(scratch.scores, most * ld);
    scratch.factors = AttentionScratch.grown(scratch.factors, most);
    scratch.shifts = AttentionScratch.grown(scratch.shifts, most);
    for (int h = head; h < headEnd; h++) {
      for (int i = 0; i < queries; i += most) {
        tile(scratch, sequence, h, i, Math.min(most, queries - i), ld);
      }
    }
  }

  private void tile(AttentionScratch scratch, int sequence, int head, int first, int rows, int ld) {
    int row = layout.queryStart(sequence) + first;
    AttentionTiles.scores(
        kernels,
        layout,
        sequence,
        first,
        rows,
        q,
        qOffset + row * ldq + head * layout.headDim,
        ldq,
        scratch.keysT,
        scratch.scores,
        ld,
        scratch.tile);
    // A pass per loop and method: inlined together, C2 puts the vectors on the heap.
    maxima(scratch, sequence, head, first, rows, ld);
    exponentials(scratch, sequence, head, first, rows, ld);
    if (layout.threshold != 0) {
      drop(scratch, sequence, head, first, rows, ld);
    }
    int to = outOffset + row * ldo + head * layout.headDim;
    AttentionTiles.byKeys(
        kernels,
        layout,
        sequence,
        first,
        rows,
        scratch.scores,
        ld,
        scratch.values,
        out,
        to,
        ldo,
        scratch.tile);
    for (int r = 0; r < rows; r++) {
      int o = to + r * ldo;
      Rows.KERNELS.scale(out, o, out, o, layout.headDim, scratch.factors[r]);
    }
  }

  /// Leaves each row's largest scaled score in `shifts`.
  private void maxima(
      AttentionScratch scratch, int sequence, int head, int first, int rows, int ld) {
    float[] s = scratch.scores;
    int keys = layout.keys(sequence);
    for (int r = 0; r < rows; r++) {
      int o = GemmScratch.ALIGN + r * ld;
      int begin = layout.begin(sequence, first + r);
      int end = layout.end(sequence, first + r);
      AttentionTiles.hide(s, o, begin, end, keys);
      layout.forbid(sequence, head, first + r, s, o);
      scratch.shifts[r] = Rows.KERNELS.max(s, o + begin, end - begin) * layout.scale;
    }
  }

  /// Leaves `exp(score - max)` in the tile, the log-sum-exp, and the factor that normalises the
  /// output.
  private void exponentials(
      AttentionScratch scratch, int sequence, int head, int first, int rows, int ld) {
    float[] s = scratch.scores;
    int at = lseOffset + (layout.queryStart(sequence) + first) * layout.heads + head;
    for (int r = 0; r < rows; r++) {
      int begin = layout.begin(sequence, first + r);
      int n = layout.end(sequence, first + r) - begin;
      int o = GemmScratch.ALIGN + r * ld + begin;
      float shift = scratch.shifts[r];
      if (shift == Float.NEGATIVE_INFINITY) {
        // It sees nothing.
        Arrays.fill(s, o, o + n, 0);
        lse[at + r * layout.heads] = Float.NEGATIVE_INFINITY;
        scratch.factors[r] = 0;
      } else {
        float sum = Rows.KERNELS.expSum(s, o, s, o, n, layout.scale, shift);
        lse[at + r * layout.heads] = shift + ScalarMath.log(sum);
        scratch.factors[r] = layout.keepScale / sum;
      }
    }
  }

  private void drop(AttentionScratch scratch, int sequence, int head, int first, int rows, int ld) {
    for (int r = 0; r < rows; r++) {
      int o = GemmScratch.ALIGN + r * ld;
      AttentionTiles.drop(layout, scratch.scores, o, sequence, head, first + r, 1);
    }
  }
}
