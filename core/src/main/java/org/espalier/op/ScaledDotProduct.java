package org.espalier.op;

import java.util.Arrays;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.jspecify.annotations.Nullable;

/// Attention of dense tensors (Vaswani et al. 2017): `softmax(scale * q kᵀ) v` for every head of
/// every sequence of a batch, `q` as `[batch, heads, queries, headDim]`, `k` as `[batch, kvHeads,
/// keys, headDim]` and `v` as `[batch, kvHeads, keys, valueDim]`.
///
/// ```java
/// Tensor mixed =
///     ScaledDotProduct.of(q, k, v).lengths(7, 12).causal().dropout(0.1, seed, stream).apply();
/// ```
///
/// Everything is seen until something hides it; what hides, hides together. The work is done by
/// [Attention], without storing scores, and without copies where heads are columns of rows
/// (`[batch, time, heads, headDim]` permuted). Where `kvHeads` is less than `heads`, and divides
/// it, `heads / kvHeads` neighbours share one (Ainslie et al. 2023).
///
/// PyTorch's function of this name differs in two points: its `is_causal` aligns the first query
/// with the first key, here the ends are aligned; and a query that sees nothing gives 0 here, in
/// all versions.
public final class ScaledDotProduct {
  private final Tensor q;
  private final Tensor k;
  private final Tensor v;
  private double scale;
  private boolean causal;
  private int window;
  private double dropout;
  private long seed;
  private int stream;
  private int @Nullable [] prefixes;
  private int @Nullable [] queryLengths;
  private int @Nullable [] keyLengths;
  private @Nullable Tensor mask;

  private ScaledDotProduct(Tensor q, Tensor k, Tensor v) {
    this.q = q;
    this.k = k;
    this.v = v;
    scale = 1 / Math.sqrt(q.size(3));
  }

  /// Begins with `scale = 1 / sqrt(headDim)`, nothing hidden and nothing dropped.
  ///
  /// @throws TensorException when the shapes do not fit
  public static ScaledDotProduct of(Tensor q, Tensor k, Tensor v) {
    boolean fits =
        q.rank() == 4
            && k.rank() == 4
            && v.rank() == 4
            && v.shape().with(3, k.size(3)).equals(k.shape())
            && v.size(3) > 0
            && k.size(0) == q.size(0)
            && k.size(3) == q.size(3)
            && q.size(3) > 0
            && k.size(1) > 0
            && q.size(1) > 0
            && q.size(1) % k.size(1) == 0;
    if (!fits) {
      throw new TensorException(
          "scaledDotProduct: q "
              + q.shape()
              + ", k "
              + k.shape()
              + ", v "
              + v.shape()
              + "; expected [batch, heads, queries, headDim], [batch, kvHeads, keys, headDim] and"
              + " [batch, kvHeads, keys, valueDim] with heads a multiple of kvHeads");
    }
    return new ScaledDotProduct(q, k, v);
  }

  /// Sets the factor of the scores: any finite number; with 0 all that is seen weighs the same.
  ///
  /// @throws TensorException when it is not finite
  public ScaledDotProduct scale(double factor) {
    if (!Double.isFinite(factor)) {
      throw new TensorException("scaledDotProduct: a scale of " + factor + "; expected a number");
    }
    scale = factor;
    return this;
  }

  /// Lets a query see the keys up to its own place; the last query of a sequence stands where its
  /// last key does.
  public ScaledDotProduct causal() {
    causal = true;
    return this;
  }

  /// Lets a query see only keys less than so many places away: with [#causal] the last `window`
  /// keys (Beltagy et al. 2020).
  ///
  /// @throws TensorException when it is not positive
  public ScaledDotProduct window(int places) {
    if (places < 1) {
      throw new TensorException("a window of " + places + " places; expected 1 or more");
    }
    window = places;
    return this;
  }

  /// Lets all queries of a sequence see its first keys, so many for each sequence, also those that
  /// [#causal] would hide (prefix language models: Raffel et al. 2020). It does not go with
  /// [#window].
  ///
  /// @throws TensorException when there is not one number from 0 for each sequence
  public ScaledDotProduct prefixes(int... lengths) {
    prefixes = checked("prefix", lengths, k.size(2));
    return this;
  }

  /// Drops attention weights with a probability.
  ///
  /// @param stream of the dropout bits, different for each use of one seed
  public ScaledDotProduct dropout(double p, long seed, int stream) {
    dropout = p;
    this.seed = seed;
    this.stream = stream;
    return this;
  }

  /// Sets how many queries and how many keys of each sequence are no padding: `q` and `k` have the
  /// same lengths.
  public ScaledDotProduct lengths(int... lengths) {
    return lengths(lengths, lengths);
  }

  /// Sets how many queries and how many keys of each sequence are no padding. Padding comes last;
  /// queries of it give 0, keys of it are not seen.
  ///
  /// @throws TensorException when there is not one of each for each sequence, or one is too large
  public ScaledDotProduct lengths(int[] queries, int[] keys) {
    queryLengths = checked("query", queries, q.size(2));
    keyLengths = checked("key", keys, k.size(2));
    return this;
  }

  private int[] checked(String name, int[] lengths, int most) {
    if (lengths.length != q.size(0) || Arrays.stream(lengths).anyMatch(n -> n < 0 || n > most)) {
      throw new TensorException(
          "scaledDotProduct: "
              + name
              + " lengths "
              + Arrays.toString(lengths)
              + "; expected "
              + q.size(0)
              + " numbers from 0 to "
              + most);
    }
    return lengths.clone();
  }

  /// Sets which query sees which key.
  ///
  /// @param visible BOOL that broadcasts to `[batch, heads, queries, keys]`; it is read where it
  ///   lies, expanded axes take no memory
  /// @throws TensorException when it is not BOOL or does not broadcast
  public ScaledDotProduct mask(Tensor visible) {
    Shape all = Shape.of(q.size(0), q.size(1), q.size(2), k.size(2));
    if (visible.dtype() != DType.BOOL || !visible.shape().broadcast(all).equals(all)) {
      throw new TensorException(
          "scaledDotProduct: a mask of "
              + visible.dtype()
              + " "
              + visible.shape()
              + "; expected BOOL that broadcasts to "
              + all
              + ", true where a query sees a key");
    }
    int[] sizes = {1, 1, 1, 1};
    int missing = 4 - visible.rank();
    for (int axis = 0; axis < visible.rank(); axis++) {
      sizes[missing + axis] = visible.size(axis);
    }
    mask = visible.reshape(sizes).expand(Shape.of(sizes[0], sizes[1], all.size(2), all.size(3)));
    return this;
  }

  /// Returns `[batch, heads, queries, valueDim]`.
  ///
  /// The kernels know one size of heads: the smaller of `headDim` and `valueDim` is padded with
  /// zeros, which changes no score and no bit of the result.
  ///
  /// @throws TensorException when dtypes differ, a number makes no sense, or prefixes meet a window
  public Tensor apply() {
    int heads = q.size(1);
    int[] ofQueries = queryLengths;
    int[] ofKeys = keyLengths;
    if (ofQueries == null || ofKeys == null) {
      ofQueries = whole(q.size(2));
      ofKeys = whole(k.size(2));
    }
    int dim = Math.max(q.size(3), v.size(3));
    // The kernels take a positive scale.
    Tensor queries = scale > 0 ? q : q.mul(scale);
    Tensor out =
        new Attention(
                heads, k.size(1), scale > 0 ? scale : 1, causal, window, dropout, seed, stream)
            .apply(
                rows(padded(queries, dim)),
                rows(padded(k, dim)),
                rows(padded(v, dim)),
                offsets(ofQueries, q.size(2), 0),
                offsets(ofKeys, k.size(2), 1),
                ofPrefixes(),
                mask);
    Tensor mixed = out.reshape(q.size(0), q.size(2), heads, dim).permute(0, 2, 1, 3);
    return dim == v.size(3) ? mixed : mixed.slice(3, 0, v.size(3));
  }

  private static Tensor padded(Tensor x, int dim) {
    return x.size(3) == dim ? x : x.pad(3, 0, dim - x.size(3));
  }

  /// One for each of the sequences of [#offsets].
  private @Nullable Tensor ofPrefixes() {
    int[] lengths = prefixes;
    if (lengths == null) {
      return null;
    }
    int[] each = new int[3 * lengths.length];
    for (int s = 0; s < lengths.length; s++) {
      each[3 * s] = lengths[s];
    }
    return Tensor.of(each).to(q.device());
  }

  /// `[batch, heads, time, dim] -> [batch * time, heads * dim]`.
  private static Tensor rows(Tensor x) {
    return x.permute(0, 2, 1, 3).reshape(x.size(0) * x.size(2), x.size(1) * x.size(3));
  }

  private int[] whole(int length) {
    int[] lengths = new int[q.size(0)];
    Arrays.fill(lengths, length);
    return lengths;
  }

  /// Three sequences for each of the batch: what is there, then padded queries without keys, then
  /// padded keys without queries.
  ///
  /// @param place which of the two last has this padding
  private Tensor offsets(int[] lengths, int each, int place) {
    int[] offsets = new int[3 * lengths.length + 1];
    for (int s = 0; s < lengths.length; s++) {
      int end = (s + 1) * each;
      offsets[3 * s + 1] = s * each + lengths[s];
      offsets[3 * s + 2] = place == 0 ? end : s * each + lengths[s];
      offsets[3 * s + 3] = end;
    }
    return Tensor.of(offsets).to(q.device());
  }
}
