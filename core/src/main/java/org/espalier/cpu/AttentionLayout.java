package org.espalier.cpu;

import org.espalier.Shape;
import org.espalier.TensorException;
import org.espalier.random.DropoutMask;
import org.espalier.spi.BoolStorage;
import org.espalier.spi.FusedKernel.AttentionMask;
import org.espalier.spi.Layout;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// Where each sequence's rows lie, the heads, who sees whom, and the dropout of attention.
///
/// Sequence `s` owns the query rows `[queryStart(s), queryStart(s + 1))` and the key rows
/// `[keyStart(s), keyStart(s + 1))`. Rows before the first and after the last belong to none.
final class AttentionLayout {
  final int sequences;

  /// Query rows that there are, of sequences or not.
  final int rowsQ;

  /// Key rows that there are.
  final int rowsK;

  final int heads;
  final int kvHeads;
  final int headDim;
  final float scale;
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
  private final boolean causal;
  private final int window;
  private final int @Nullable [] prefixes;
  private final int firstPrefix;
  private final @Nullable View allowed;

  /// @param offsetsQ `sequences + 1` ascending rows from index `firstQ` on, none beyond `rowsQ`;
  ///   `offsetsK` alike; the arrays are read, not copied
  /// @param kvHeads divides `heads`; query head `h` reads key head `h / (heads / kvHeads)`
  /// @param scale factor of the scores, positive
  /// @param mask which keys a query sees
  /// @param dropout probability that an attention weight is dropped
  /// @throws TensorException if heads, scale, offsets or mask make no sense
  AttentionLayout(
      int sequences,
      int[] offsetsQ,
      int firstQ,
      int rowsQ,
      int[] offsetsK,
      int firstK,
      int rowsK,
      int heads,
      int kvHeads,
      int headDim,
      double scale,
      AttentionMask mask,
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
    this.rowsQ = rowsQ;
    this.offsetsK = offsetsK;
    this.firstK = firstK;
    this.rowsK = rowsK;
    this.heads = heads;
    this.kvHeads = kvHeads;
    this.headDim = headDim;
    this.scale = (float) scale;
    causal = mask.causal();
    window = mask.window();
    View prefix = mask.prefixes();
    prefixes = prefix == null ? null : prefix.ints();
    firstPrefix = prefix == null ? 0 : prefix.offset();
    allowed = mask.allowed();
    this.seed = seed;
    this.stream = stream;
    threshold = DropoutMask.threshold(dropout);
    keepScale = DropoutMask.scale(threshold);
    checkOffsets("query", sequences, offsetsQ, firstQ, rowsQ);
    checkOffsets("key", sequences, offsetsK, firstK, rowsK);
    checkMask(prefix);
  }

  private void checkMask(@Nullable View prefix) {
    if (window < 0 || (window > 0 && prefix != null)) {
      throw new TensorException(
          "Attention with a window of "
              + window
              + (prefix == null ? "" : " and prefixes")
              + "; expected a window of 1 or more, or 0 for none and beside prefixes.");
    }
    if (prefix != null && prefix.elements() < sequences) {
      throw new TensorException(
          "Attention over " + sequences + " sequences needs a prefix length for each.");
    }
    if (allowed != null && sequences > 0) {
      checkAllowed(allowed);
    }
  }

  private void checkAllowed(View mask) {
    Shape shape = mask.shape();
    boolean good =
        mask.storage() instanceof BoolStorage
            && shape.rank() == 4
            && shape.size(0) > 0
            && sequences % shape.size(0) == 0
            && shape.size(1) > 0
            && heads % shape.size(1) == 0;
    for (int s = 0; good && s < sequences; s++) {
      boolean empty = queries(s) == 0 || keys(s) == 0;
      good = empty || (shape.size(2) >= queries(s) && shape.size(3) >= keys(s));
    }
    if (!good) {
      throw new TensorException(
          "A mask of "
              + mask.dtype()
              + " "
              + shape
              + " does not cover attention over "
              + sequences
              + " sequences in "
              + heads
              + " heads; expected BOOL and as many queries and keys as the longest sequence has.");
    }
  }

  private static void checkOffsets(String name, int sequences, int[] offsets, int first, int rows) {
    if (sequences < 0 || first < 0 || (long) first + sequences >= offsets.length) {
      throw new TensorException(
          "Attention over "
              + sequences
              + " sequences needs "
              + (sequences + 1L)
              + " "
              + name
              + " offsets.");
    }
    int before = 0;
    for (int s = 0; s <= sequences; s++) {
      int offset = offsets[first + s];
      if (offset < before || offset > rows) {
        throw new TensorException(
            "Attention: "
                + name
                + " offset "
                + offset
                + " at place "
                + s
                + " must lie between "
                + before
                + " (the one before) and "
                + rows
                + " (the number of "
                + name
                + " rows); offsets are the rows where sequences begin, then the row where the last"
                + " one ends.");
      }
      before = offset;
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

  /// Whether queries see different keys, apart from those that are forbidden one by one.
  boolean cut() {
    return causal || window > 0;
  }

  /// Whether hidden keys have weights of 0 among others, which may turn a -0 into +0.
  boolean hides() {
    return cut() || allowed != null;
  }

  private int prefix(int sequence) {
    return prefixes == null ? 0 : prefixes[firstPrefix + sequence];
  }

  /// How many places the queries of a sequence are behind their numbers.
  private long shift(int sequence) {
    return (long) keys(sequence) - queries(sequence);
  }

  /// The first key that query `i` of a sequence sees; never less for a later query.
  int begin(int sequence, int i) {
    return window == 0 ? 0 : Math.clamp(i + shift(sequence) - window + 1, 0, keys(sequence));
  }

  /// The key after the last that query `i` of a sequence sees; never less for a later query, and at
  /// most one more for the next.
  int end(int sequence, int i) {
    if (!cut()) {
      return keys(sequence);
    }
    long end = i + shift(sequence) + (causal ? 1 : window);
    return Math.clamp(Math.max(end, prefix(sequence)), 0, keys(sequence));
  }

  /// The first query of a sequence that sees key `j` or one after it; may be negative, or beyond
  /// the last.
  long firstThatSees(int sequence, int j) {
    if (!cut() || j < prefix(sequence)) {
      return 0;
    }
    return j - shift(sequence) - (causal ? 0 : window - 1);
  }

  /// The query after the last of a sequence that sees a key before `j`; may be negative, or beyond
  /// the last.
  long endOfThoseThatSee(int sequence, int j) {
    return window == 0 ? queries(sequence) : j - shift(sequence) + window - 1;
  }

  /// Makes the scores of the keys that the mask forbids query `i` minus infinity; `s` holds the
  /// scores of all keys from `offset` on.
  void forbid(int sequence, int head, int i, float[] s, int offset) {
    if (allowed == null || !(allowed.storage() instanceof BoolStorage storage)) {
      return;
    }
    byte[] yes = storage.array();
    Shape shape = allowed.shape();
    Layout lies = allowed.layout();
    int step = lies.stride(3);
    int at =
        allowed.offset()
            + sequence / (sequences / shape.size(0)) * lies.stride(0)
            + head / (heads / shape.size(1)) * lies.stride(1)
            + i * lies.stride(2);
    for (int j = begin(sequence, i), end = end(sequence, i); j < end; j++) {
      if (yes[at + j * step] == 0) {
        s[offset + j] = Float.NEGATIVE_INFINITY;
      }
    }
  }

  /// Dropout's key of one query row and head.
  int rowKey(int queryRow, int head) {
    return DropoutMask.rowKey(seed, stream, (long) queryRow * heads + head);
  }
}
