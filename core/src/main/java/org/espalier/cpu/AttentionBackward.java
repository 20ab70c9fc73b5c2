package org.espalier.cpu;

import java.util.Arrays;

/// Gradients of attention for one key head of one sequence and the query heads that share it.
///
/// Probabilities are computed again, from the saved log-sum-exp and where that is large divided by
/// what is then their sum: at 10,000 it is rounded to 1/1000, and they would all be off by that.
/// Dropout comes from its counters. With `P` the probabilities, `D` the dropout factors, `dP = D
/// (dO V^T)` and `delta = dO . O`: `dS = P (dP - delta)`, `dQ = scale dS K`, `dK = scale dS^T Q`,
/// `dV = (D P)^T dO`. `dK` and `dV` are one chain over the query heads and their rows, ascending.
final class AttentionBackward {
  /// Log-sum-exps up to here are rounded by at most 1/2^21.
  private static final float SMALL = 16;

  /// A matrix of heads: rows `ld` apart from `offset` on.
  private record Place(int offset, int ld) {
    int at(int row, int column) {
      return offset + row * ld + column;
    }
  }

  private final TileKernels kernels;
  private final AttentionLayout layout;
  private final float[] q;
  private final Place qPlace;
  private final float[] k;
  private final Place kPlace;
  private final float[] v;
  private final Place vPlace;
  private final float[] out;
  private final Place outPlace;
  private final float[] lse;
  private final int lseOffset;
  private final float[] dout;
  private final Place doutPlace;
  private final float[] dq;
  private final Place dqPlace;
  private final float[] dk;
  private final Place dkPlace;
  private final float[] dv;
  private final Place dvPlace;

  AttentionBackward(
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
    this.kernels = kernels;
    this.layout = layout;
    this.q = q;
    qPlace = new Place(qOffset, ldq);
    this.k = k;
    kPlace = new Place(kOffset, ldk);
    this.v = v;
    vPlace = new Place(vOffset, ldv);
    this.out = out;
    outPlace = new Place(outOffset, ldo);
    this.lse = lse;
    this.lseOffset = lseOffset;
    this.dout = dout;
    doutPlace = new Place(doutOffset, lddo);
    this.dq = dq;
    dqPlace = new Place(dqOffset, lddq);
    this.dk = dk;
    dkPlace = new Place(dkOffset, lddk);
    this.dv = dv;
    dvPlace = new Place(dvOffset, lddv);
  }

  /// The query heads `[head, headEnd)` are all that share one key head.
  void run(AttentionScratch scratch, int sequence, int head, int headEnd) {
    int queries = layout.queries(sequence);
    int keys = layout.keys(sequence);
    int dim = layout.headDim;
    int kvColumn = head / (layout.heads / layout.kvHeads) * dim;
    int keyRow = layout.keyStart(sequence);
    if (queries == 0) {
      clear(keys, dim, dk, dkPlace.at(keyRow, kvColumn), dkPlace.ld);
      clear(keys, dim, dv, dvPlace.at(keyRow, kvColumn), dvPlace.ld);
      return;
    }
    int padded = GemmPacking.paddedColumns(kernels, keys);
    int paddedDim = GemmPacking.paddedColumns(kernels, dim);
    packKeys(scratch, keys, padded, paddedDim, keyRow, kvColumn);
    int ld = AttentionScratch.rowDistance(padded);
    int most = AttentionScratch.tileRows(queries, ld);
    scratch.scores = AttentionScratch.grown(scratch.scores, most * ld);
    scratch.gradients = AttentionScratch.grown(scratch.gradients, most * ld);
    scratch.shifts = AttentionScratch.grown(scratch.shifts, most);
    scratch.queries = AttentionScratch.grown(scratch.queries, most * paddedDim);
    scratch.outputs = AttentionScratch.grown(scratch.outputs, most * paddedDim);
    for (int h = head; h < headEnd; h++) {
      for (int i = 0; i < queries; i += most) {
        boolean fromZero = h == head && i == 0;
        tile(scratch, sequence, h, i, Math.min(most, queries - i), ld, kvColumn, fromZero);
      }
    }
    int to = dkPlace.at(keyRow, kvColumn);
    scaleRows(keys, dim, dk, to, dkPlace.ld);
    if (layout.hides()) {
      AttentionTiles.clearNegativeZeros(keys, dim, dk, to, dkPlace.ld);
      AttentionTiles.clearNegativeZeros(keys, dim, dv, dvPlace.at(keyRow, kvColumn), dvPlace.ld);
    }
  }

  private void packKeys(
      AttentionScratch scratch, int keys, int padded, int paddedDim, int keyRow, int kvColumn) {
    int dim = layout.headDim;
    int kAt = kPlace.at(keyRow, kvColumn);
    int vAt = vPlace.at(keyRow, kvColumn);
    scratch.keysT = AttentionScratch.grown(scratch.keysT, padded * dim);
    scratch.valuesT = AttentionScratch.grown(scratch.valuesT, padded * dim);
    scratch.keys = AttentionScratch.grown(scratch.keys, keys * paddedDim);
    GemmPacking.columns(kernels, dim, keys, k, kAt, kPlace.ld, scratch.keysT, GemmScratch.ALIGN);
    GemmPacking.columns(kernels, dim, keys, v, vAt, vPlace.ld, scratch.valuesT, GemmScratch.ALIGN);
    GemmPacking.rows(kernels, keys, dim, k, kAt, kPlace.ld, scratch.keys, GemmScratch.ALIGN);
  }

  private void tile(
      AttentionScratch scratch,
      int sequence,
      int head,
      int first,
      int rows,
      int ld,
      int kvColumn,
      boolean fromZero) {
    int dim = layout.headDim;
    int row = layout.queryStart(sequence) + first;
    int keyRow = layout.keyStart(sequence);
    int qAt = qPlace.at(row, head * dim);
    int doutAt = doutPlace.at(row, head * dim);
    AttentionTiles.scores(
        kernels,
        layout,
        sequence,
        first,
        rows,
        q,
        qAt,
        qPlace.ld,
        scratch.keysT,
        scratch.scores,
        ld,
        scratch.tile);
    AttentionTiles.scores(
        kernels,
        layout,
        sequence,
        first,
        rows,
        dout,
        doutAt,
        doutPlace.ld,
        scratch.valuesT,
        scratch.gradients,
        ld,
        scratch.tile);
    // A pass per loop and method: inlined together, C2 puts the vectors on the heap.
    probabilities(scratch, sequence, head, first, rows, ld);
    if (layout.threshold != 0) {
      drop(scratch.gradients, sequence, head, first, rows, ld);
    }
    deltas(scratch, sequence, head, first, rows);
    differentiate(scratch, sequence, first, rows, ld);
    if (layout.threshold != 0) {
      drop(scratch.scores, sequence, head, first, rows, ld);
    }
    int dqAt = dqPlace.at(row, head * dim);
    AttentionTiles.byKeys(
        kernels,
        layout,
        sequence,
        first,
        rows,
        scratch.gradients,
        ld,
        scratch.keys,
        dq,
        dqAt,
        dqPlace.ld,
        scratch.tile);
    scaleRows(rows, dim, dq, dqAt, dqPlace.ld);
    GemmPacking.rows(
        kernels, rows, dim, dout, doutAt, doutPlace.ld, scratch.outputs, GemmScratch.ALIGN);
    AttentionTiles.byRows(
        kernels,
        layout,
        sequence,
        first,
        rows,
        scratch.scores,
        ld,
        scratch.outputs,
        fromZero,
        dv,
        dvPlace.at(keyRow, kvColumn),
        dvPlace.ld,
        scratch.tile);
    GemmPacking.rows(kernels, rows, dim, q, qAt, qPlace.ld, scratch.queries, GemmScratch.ALIGN);
    AttentionTiles.byRows(
        kernels,
        layout,
        sequence,
        first,
        rows,
        scratch.gradients,
        ld,
        scratch.queries,
        fromZero,
        dk,
        dkPlace.at(keyRow, kvColumn),
        dkPlace.ld,
        scratch.tile);
  }

  /// Turns the scores into probabilities.
  private void probabilities(
      AttentionScratch scratch, int sequence, int head, int first, int rows, int ld) {
    float[] s = scratch.scores;
    int keys = layout.keys(sequence);
    int at = lseOffset + (layout.queryStart(sequence) + first) * layout.heads + head;
    for (int r = 0; r < rows; r++) {
      int o = GemmScratch.ALIGN + r * ld;
      int begin = layout.begin(sequence, first + r);
      int end = layout.end(sequence, first + r);
      AttentionTiles.hide(s, o, begin, end, keys);
      AttentionTiles.hide(scratch.gradients, o, begin, end, keys);
      layout.forbid(sequence, head, first + r, s, o);
      float shift = lse[at + r * layout.heads];
      if (shift == Float.NEGATIVE_INFINITY) {
        Arrays.fill(s, o + begin, o + end, 0);
      } else {
        exponentials(s, o + begin, end - begin, shift);
      }
    }
  }

  /// Computes a row's probabilities; up to [#SMALL] their sum is 1 without a division (to 1/2^20).
  private void exponentials(float[] s, int o, int n, float logSumExp) {
    if (Math.abs(logSumExp) < SMALL) {
      Rows.KERNELS.exp(s, o, s, o, n, layout.scale, logSumExp);
    } else {
      float sum = Rows.KERNELS.expSum(s, o, s, o, n, layout.scale, logSumExp);
      Rows.KERNELS.scale(s, o, s, o, n, 1 / sum);
    }
  }

  private void drop(float[] x, int sequence, int head, int first, int rows, int ld) {
    for (int r = 0; r < rows; r++) {
      int o = GemmScratch.ALIGN + r * ld;
      AttentionTiles.drop(layout, x, o, sequence, head, first + r, layout.keepScale);
    }
  }

  /// Leaves each row's `dO . O` in `shifts`.
  private void deltas(AttentionScratch scratch, int sequence, int head, int first, int rows) {
    int row = layout.queryStart(sequence) + first;
    int column = head * layout.headDim;
    for (int r = 0; r < rows; r++) {
      scratch.shifts[r] =
          Rows.KERNELS.dot(
              dout,
              doutPlace.at(row + r, column),
              out,
              outPlace.at(row + r, column),
              layout.headDim);
    }
  }

  /// Turns the gradients of the probabilities into those of the scores, but for the scale.
  private void differentiate(AttentionScratch scratch, int sequence, int first, int rows, int ld) {
    float[] s = scratch.scores;
    float[] ds = scratch.gradients;
    for (int r = 0; r < rows; r++) {
      int begin = layout.begin(sequence, first + r);
      int n = layout.end(sequence, first + r) - begin;
      int o = GemmScratch.ALIGN + r * ld + begin;
      Rows.KERNELS.softmaxBackward(s, o, ds, o, ds, o, n, scratch.shifts[r]);
    }
  }

  private void scaleRows(int rows, int dim, float[] c, int offset, int ld) {
    for (int r = 0; r < rows; r++) {
      int o = offset + r * ld;
      Rows.KERNELS.scale(c, o, c, o, dim, layout.scale);
    }
  }

  private static void clear(int rows, int dim, float[] c, int offset, int ld) {
    for (int r = 0; r < rows; r++) {
      int o = offset + r * ld;
      Arrays.fill(c, o, o + dim, 0);
    }
  }
}
