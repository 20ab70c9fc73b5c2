package org.espalier.cpu;

import org.espalier.TensorException;
import org.espalier.random.DropoutMask;

/// Where each sequence's rows lie, the heads, who sees whom, and the dropout of attention.
///
/// Sequence `s` owns the query rows `[queryStart(s), queryStart(s + 1))` and the key rows
/// `[keyStart(s), keyStart(s + 1))`.
final class AttentionLayout {
  final int sequences;
  final int heads;
  final int kvHeads;
  final int headDim;
  final float scale;
  final boolean causal;
  final long seed;
  final int stream;

  /// Of [DropoutMask]: 0 drops nothing.
  final int threshold;

  /// Factor of the kept probabilities.
  final float keepScale;

  private final int[] offsetsQ;
  private final int firstQ;
  private final int[] offsetsK;
  private final int firstK;

  /// @param offsetsQ `sequences + 1` ascending rows from index `firstQ`; `offsetsK` alike; the
  ///   arrays are read, not copied
  /// @param kvHeads divides `heads`; query head `h` reads key head `h / (heads / kvHeads)`
  /// @param scale factor of the scores, positive
  /// @param causal whether query `i` sees only the keys `j <= i + keys - queries` of its sequence
  /// @param dropout probability that an attention weight is dropped
  /// @throws TensorException if heads, scale or offsets make no sense
  AttentionLayout(
      int sequences,
      int[] offsetsQ,
      int firstQ,
      int[] offsetsK,
      int firstK,
      int heads,
      int kvHeads,
      int headDim,
      double scale,
      boolean causal,
      double dropout,
      long seed,
      int stream) {
    if (heads < 1 || kvHeads < 1 || heads % kvHeads != 0 || headDim < 1) {
      throw new TensorException(
          "Attention with "
              + heads
              + " heads, "
              + kvHeads
              + " key heads and head dimension "
              + headDim
              + "; expected positive numbers with heads a multiple of key heads.");
    }
    if (!(scale > 0 && scale < Float.MAX_VALUE)) {
      throw new TensorException(
          "Attention with scale "
              + scale
              + "; expected a positive number such as 1 / sqrt(headDim).");
    }
    this.sequences = sequences;
    this.offsetsQ = offsetsQ;
    this.firstQ = firstQ;
    this.offsetsK = offsetsK;
    this.firstK = firstK;
    this.heads = heads;
    this.kvHeads = kvHeads;
    this.headDim = headDim;
    this.scale = (float) scale;
    this.causal = causal;
    this.seed = seed;
    this.stream = stream;
    threshold = DropoutMask.threshold(dropout);
    keepScale = DropoutMask.scale(threshold);
    checkOffsets("query", sequences, offsetsQ, firstQ);
    checkOffsets("key", sequences, offsetsK, firstK);
  }

  private static void checkOffsets(String name, int sequences, int[] offsets, int first) {
    boolean good =
        sequences >= 0
            && first >= 0
            && (long) first + sequences < offsets.length
            && offsets[first] >= 0;
    for (int s = 0; good && s < sequences; s++) {
      good = offsets[first + s] <= offsets[first + s + 1];
    }
    if (!good) {
      throw new TensorException(
          "The "
              + name
              + " offsets of attention over "
              + sequences
              + " sequences are not "
              + (sequences + 1L)
              + " ascending row numbers from 0 up.");
    }
  }

  int queryStart(int sequence) {
    return offsetsQ[firstQ + sequence];
  }

  int keyStart(int sequence) {
    return offsetsK[firstK + sequence];
  }

  int queries(int sequence) {
    return queryStart(sequence + 1) - queryStart(sequence);
  }

  int keys(int sequence) {
    return keyStart(sequence + 1) - keyStart(sequence);
  }

  /// How many keys, from the first, query `i` of a sequence sees.
  int visible(int i, int queries, int keys) {
    return causal ? Math.clamp(i + 1L + keys - queries, 0, keys) : keys;
  }

  /// Dropout's key of one query row and head.
  int rowKey(int queryRow, int head) {
    return DropoutMask.rowKey(seed, stream, (long) queryRow * heads + head);
  }
}
