package org.espalier.op;

import java.util.Arrays;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.random.DropoutMask;
import org.espalier.spi.FusedKernel;
import org.espalier.spi.Layout;
import org.jspecify.annotations.Nullable;

/// Multi-head attention over ragged sequences (Vaswani et al. 2017): `softmax(scale * q kᵀ) v` for
/// every head of every sequence.
///
/// Rows of all sequences lie one after another without padding; `offsets` say where each begins.
/// The scores are never stored: backward computes the probabilities again. A query that sees no key
/// gives 0, and gradients of 0; so do rows before the first and after the last sequence.
///
/// Query `i` of a sequence stands at the place `p = i + keys - queries`: the ends are aligned, so
/// that the last queries of a text can be asked for against all its keys (a cache) and give the
/// bits that they have in the whole.
///
/// @param heads query heads; head `h` owns the columns `[h * headDim, (h + 1) * headDim)`
/// @param kvHeads key and value heads; divides `heads`, and `heads / kvHeads` neighbours share one
///   (Ainslie et al. 2023)
/// @param scale factor of the scores, usually `1 / sqrt(headDim)`
/// @param causal whether a query sees only the keys up to its own place
/// @param window how far a query sees: only keys less than so many places away, so with `causal`
///   the last `window` keys (Beltagy et al. 2020); 0 for any distance
/// @param dropout probability that an attention weight is dropped
/// @param seed seed of the dropout bits
/// @param stream stream of the dropout bits; row `queryRow * heads + head`, column = key's place in
///   its sequence
public record Attention(
    int heads,
    int kvHeads,
    double scale,
    boolean causal,
    int window,
    double dropout,
    long seed,
    int stream)
    implements Op {
  /// q, k, v, both offsets, prefixes and mask.
  private static final int INPUTS = 7;

  /// Attention at any distance.
  public Attention(
      int heads, int kvHeads, double scale, boolean causal, double dropout, long seed, int stream) {
    this(heads, kvHeads, scale, causal, 0, dropout, seed, stream);
  }

  /// Returns `[queries, heads * headDim]`.
  ///
  /// @param q `[queries, heads * headDim]`
  /// @param k `[keys, kvHeads * headDim]`
  /// @param v `[keys, kvHeads * headDim]`
  /// @param offsetsQ I32 or I64 `[sequences + 1]`, ascending within 0 and the number of queries:
  ///   where each sequence begins, and where the last one ends
  /// @param offsetsK I32 or I64 `[sequences + 1]`, ascending within 0 and the number of keys
  /// @throws TensorException when shapes or dtypes do not fit
  public Tensor apply(Tensor q, Tensor k, Tensor v, Tensor offsetsQ, Tensor offsetsK) {
    return apply(q, k, v, offsetsQ, offsetsK, null, null);
  }

  /// The same with more about who sees whom.
  ///
  /// @param prefixes I32 or I64 `[sequences]`: so many keys at the beginning of a sequence are seen
  ///   by all its queries, whether `causal` or not (prefix language models: Raffel et al. 2020);
  ///   null for none
  /// @param allowed BOOL `[n, m, queries, keys]`: whether the query of that number in its sequence
  ///   sees the key of that number, if nothing else hides it; at least as large as the longest
  ///   sequence. `n` divides the sequences, and `sequences / n` neighbours share a mask; `m` and
  ///   the heads alike. Null for yes
  /// @throws TensorException when shapes or dtypes do not fit, or for prefixes beside a window
  public Tensor apply(
      Tensor q,
      Tensor k,
      Tensor v,
      Tensor offsetsQ,
      Tensor offsetsK,
      @Nullable Tensor prefixes,
      @Nullable Tensor allowed) {
    Tensor beginQ = Kernels.requireIndices(this, offsetsQ);
    Tensor beginK = Kernels.requireIndices(this, offsetsK);
    requireShapes(q, k, v, offsetsQ, offsetsK);
    int sequences = offsetsQ.size(0) - 1;
    if (allowed != null) {
      requireAllowed(allowed, sequences);
    }
    Tensor seen = prefixes == null ? none(DType.I32, q) : requirePrefixes(prefixes, sequences);
    Tensor noMask = allowed == null ? none(DType.BOOL, q) : allowed;
    return Autograd.apply(this, q, k, v, beginQ, beginK, seen, noMask);
  }

  private void requireShapes(Tensor q, Tensor k, Tensor v, Tensor offsetsQ, Tensor offsetsK) {
    boolean fits =
        heads > 0
            && kvHeads > 0
            && heads % kvHeads == 0
            && q.rank() == 2
            && k.rank() == 2
            && v.shape().equals(k.shape())
            && q.size(1) % heads == 0
            && k.size(1) == q.size(1) / heads * kvHeads
            && q.dtype().isFloating()
            && k.dtype() == q.dtype()
            && v.dtype() == q.dtype()
            && offsetsQ.size(0) >= 1
            && offsetsQ.size(0) == offsetsK.size(0);
    if (!fits) {
      throw new TensorException(
          "attention: q "
              + q.shape()
              + " "
              + q.dtype()
              + ", k "
              + k.shape()
              + " "
              + k.dtype()
              + ", v "
              + v.shape()
              + " "
              + v.dtype()
              + " with "
              + heads
              + " heads, "
              + kvHeads
              + " kv heads, offsets "
              + offsetsQ.shape()
              + " and "
              + offsetsK.shape()
              + " do not fit together; needs [queries, heads * headDim], twice [keys, kvHeads *"
              + " headDim], all of one floating dtype, and offsets of one length");
    }
  }

  private Tensor requirePrefixes(Tensor prefixes, int sequences) {
    Tensor lengths = Kernels.requireIndices(this, prefixes);
    if (window != 0 || prefixes.size(0) != sequences) {
      throw new TensorException(
          "attention over "
              + sequences
              + " sequences with a window of "
              + window
              + " and prefixes "
              + prefixes.shape()
              + ": give each sequence one prefix length and no window (0), or build a mask");
    }
    return lengths;
  }

  private void requireAllowed(Tensor allowed, int sequences) {
    if (allowed.dtype() != DType.BOOL
        || allowed.rank() != 4
        || (sequences > 0 && (allowed.size(0) == 0 || sequences % allowed.size(0) != 0))
        || allowed.size(1) == 0
        || heads % allowed.size(1) != 0) {
      throw new TensorException(
          "attention over "
              + sequences
              + " sequences in "
              + heads
              + " heads with a mask of "
              + allowed.dtype()
              + " "
              + allowed.shape()
              + "; expected BOOL [sequences, heads, queries, keys], or for the first two 1 or another"
              + " divisor");
    }
  }

  /// Stands for what is not given.
  private static Tensor none(DType dtype, Tensor like) {
    return Kernels.empty(dtype, like.device(), Shape.of(0));
  }

  /// Prefixes of no sequence are as good as none.
  private static boolean isNone(Tensor t) {
    return t.rank() == 1 && t.size(0) == 0;
  }

  private FusedKernel.AttentionSpec spec(Tensor[] in) {
    Tensor prefixes = in[5];
    Tensor allowed = in[6];
    var mask =
        new FusedKernel.AttentionMask(
            causal,
            window,
            isNone(prefixes) ? null : Kernels.view(prefixes.contiguous()),
            isNone(allowed) ? null : Kernels.view(allowed));
    return new FusedKernel.AttentionSpec(
        Kernels.view(in[3].contiguous()),
        Kernels.view(in[4].contiguous()),
        heads,
        kvHeads,
        in[0].size(1) / heads,
        scale,
        mask,
        dropout,
        seed,
        stream);
  }

  /// Columns must be adjacent for the kernel; rows may be apart, but not overlap.
  private static Tensor adjacent(Tensor t) {
    Layout layout = Kernels.view(t).layout();
    boolean columns = t.size(1) <= 1 || layout.stride(1) == 1;
    boolean rows = t.size(0) <= 1 || layout.stride(0) >= t.size(1);
    return columns && rows ? t : t.contiguous();
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] in) {
    if (!Kernels.supports(in[0], FusedKernel.Attention.class)) {
      context.save(in);
      return composed(in, in);
    }
    Tensor q = adjacent(in[0]);
    Tensor out = Kernels.empty(q, q.shape());
    Tensor logSumExp = Kernels.empty(q, Shape.of(q.size(0), heads));
    Kernels.backend(q)
        .run(
            new FusedKernel.Attention(
                Kernels.view(q),
                Kernels.view(adjacent(in[1])),
                Kernels.view(adjacent(in[2])),
                spec(in),
                Kernels.view(out),
                Kernels.view(logSumExp)));
    Tensor[] saved = Arrays.copyOf(in, INPUTS + 2);
    saved[INPUTS] = out;
    saved[INPUTS + 1] = logSumExp;
    context.save(saved);
    return out;
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    Tensor[] in = new Tensor[INPUTS];
    Arrays.setAll(in, context::saved);
    if (context.createGraph() || !Kernels.supports(in[0], FusedKernel.AttentionBackward.class)) {
      return context.composed(x -> composed(x, in), dy, in[0], in[1], in[2]);
    }
    Tensor q = adjacent(in[0]);
    Tensor k = adjacent(in[1]);
    Tensor dq = Kernels.empty(q, q.shape());
    Tensor dk = Kernels.empty(k, k.shape());
    Tensor dv = Kernels.empty(k, k.shape());
    Kernels.backend(q)
        .run(
            new FusedKernel.AttentionBackward(
                Kernels.view(q),
                Kernels.view(k),
                Kernels.view(adjacent(in[2])),
                spec(in),
                Kernels.view(context.saved(INPUTS)),
                Kernels.view(context.saved(INPUTS + 1)),
                Kernels.view(dy.contiguous()),
                Kernels.view(dq),
                Kernels.view(dk),
                Kernels.view(dv)));
    return context.dense(dq, dk, dv, null, null, null, null);
  }

  /// Sequence by sequence, all heads at once.
  private Tensor composed(Tensor[] qkv, Tensor[] in) {
    int[] q = in[3].toIntArray();
    int[] k = in[4].toIntArray();
    int sequences = q.length - 1;
    Tensor[] parts = new Tensor[sequences + 3];
    parts[0] = zeros(qkv[0], q[0]);
    for (int s = 0; s < sequences; s++) {
      Tensor query = split(qkv[0].slice(0, q[s], q[s + 1]), heads);
      Tensor key = repeat(split(qkv[1].slice(0, k[s], k[s + 1]), kvHeads));
      Tensor value = repeat(split(qkv[2].slice(0, k[s], k[s + 1]), kvHeads));
      Tensor scores = query.matmul(key.transpose()).mul(scale);
      Tensor weights = weights(scores, mask(in, s, scores.size(1), scores.size(2)));
      if (dropout > 0) {
        weights = weights.mul(dropoutMask(weights, q[s]));
      }
      Tensor joined = weights.matmul(value).permute(1, 0, 2);
      parts[s + 1] = joined.reshape(q[s + 1] - q[s], qkv[0].size(1));
    }
    parts[sequences + 1] = zeros(qkv[0], qkv[0].size(0) - q[sequences]);
    parts[sequences + 2] = qkv[0].slice(0, 0, 0); // a history when there is no sequence
    return Concat.apply(0, parts);
  }

  /// Returns rows that belong to no sequence.
  private static Tensor zeros(Tensor like, int rows) {
    return Tensor.full(like.dtype(), like.device(), Shape.of(rows, like.size(1)), 0);
  }

  /// `[rows, n * dim] -> [n, rows, dim]`.
  private static Tensor split(Tensor x, int n) {
    return x.reshape(x.size(0), n, x.size(1) / n).permute(1, 0, 2);
  }

  /// `[kvHeads, rows, dim] -> [heads, rows, dim]`.
  private Tensor repeat(Tensor x) {
    if (heads == kvHeads) {
      return x;
    }
    int group = heads / kvHeads;
    return x.reshape(kvHeads, 1, x.size(1), x.size(2))
        .expand(Shape.of(kvHeads, group, x.size(1), x.size(2)))
        .reshape(heads, x.size(1), x.size(2));
  }

  /// The hidden scores become a huge negative number and their weights 0 afterwards: with -infinity
  /// a query that sees no key would be NaN.
  private static Tensor weights(Tensor scores, @Nullable Tensor mask) {
    if (mask == null) {
      return scores.softmax();
    }
    return mask.where(mask.where(scores, constant(scores, -1e30)).softmax(), constant(scores, 0));
  }

  /// Returns what the queries of a sequence see as `[heads, queries, keys]` with one head for all
  /// or each, or null for all.
  private @Nullable Tensor mask(Tensor[] in, int sequence, int queries, int keys) {
    Tensor range = null;
    if (causal || window > 0) {
      int prefix = isNone(in[5]) ? 0 : in[5].toIntArray()[sequence];
      range = visible(queries, keys, prefix).to(in[0].device());
    }
    if (isNone(in[6])) {
      return range;
    }
    int s = sequence / ((in[3].size(0) - 1) / in[6].size(0));
    Tensor part =
        in[6].slice(0, s, s + 1).slice(2, 0, queries).slice(3, 0, keys).permute(1, 0, 2, 3);
    int shared = heads / part.size(0);
    Tensor allowed =
        part.expand(Shape.of(part.size(0), shared, queries, keys)).reshape(heads, queries, keys);
    return range == null ? allowed : range.where(allowed, constant(allowed, 0));
  }

  /// Returns which keys queries see by their places, as BOOL `[1, queries, keys]`.
  private Tensor visible(int queries, int keys, int prefix) {
    boolean[] sees = new boolean[queries * keys];
    for (int i = 0; i < sees.length; i++) {
      sees[i] = sees(i / keys + keys - queries, i % keys, prefix);
    }
    return Tensor.of(sees, 1, queries, keys);
  }

  /// Tells whether a query at a place sees key `j`, for all that its place says.
  boolean sees(int place, int j, int prefix) {
    boolean before = !causal || j <= place || j < prefix;
    return before && (window == 0 || Math.abs(place - j) < window);
  }

  private static Tensor constant(Tensor like, double value) {
    return Tensor.full(like.dtype(), like.device(), Shape.SCALAR, value);
  }

  private Tensor dropoutMask(Tensor weights, int firstQuery) {
    int queries = weights.size(1);
    int keys = weights.size(2);
    int threshold = DropoutMask.threshold(dropout);
    double[] m = new double[weights.elements()];
    for (int i = 0; i < m.length; i++) {
      long row = (long) (firstQuery + i / keys % queries) * heads + i / keys / queries;
      boolean dropped =
          DropoutMask.dropped(DropoutMask.rowKey(seed, stream, row), i % keys, threshold);
      m[i] = dropped ? 0 : DropoutMask.scale(threshold);
    }
    return Tensor.of(m, weights.shape().sizes()).to(weights.dtype()).to(weights.device());
  }
}
