package org.espalier.op;

import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.random.DropoutMask;
import org.espalier.spi.FusedKernel;
import org.jspecify.annotations.Nullable;

/// Multi-head attention over ragged sequences (Vaswani et al. 2017): `softmax(scale * q kᵀ) v` for
/// every head of every sequence.
///
/// Rows of all sequences lie one after another without padding; `offsets` say where each begins.
/// The scores are never stored: backward computes the probabilities again.
///
/// @param heads query heads; head `h` owns the columns `[h * headDim, (h + 1) * headDim)`
/// @param kvHeads key and value heads; divides `heads`, and `heads / kvHeads` neighbours share one
///   (Ainslie et al. 2023)
/// @param scale factor of the scores, usually `1 / sqrt(headDim)`
/// @param causal whether a query sees only keys up to its own place, the ends of queries and keys
///   aligned
/// @param dropout probability that an attention weight is dropped
/// @param seed seed of the dropout bits
/// @param stream stream of the dropout bits; row `queryRow * heads + head`, column = key's place in
///   its sequence
public record Attention(
    int heads, int kvHeads, double scale, boolean causal, double dropout, long seed, int stream)
    implements Op {
  /// Returns `[queries, heads * headDim]`.
  ///
  /// @param q `[queries, heads * headDim]`
  /// @param k `[keys, kvHeads * headDim]`
  /// @param v `[keys, kvHeads * headDim]`
  /// @param offsetsQ I32 `[sequences + 1]`, ascending from 0 to the number of queries
  /// @param offsetsK I32 `[sequences + 1]`, ascending from 0 to the number of keys
  /// @throws TensorException when shapes or dtypes do not fit
  public Tensor apply(Tensor q, Tensor k, Tensor v, Tensor offsetsQ, Tensor offsetsK) {
    Kernels.requireIndices(this, offsetsQ);
    Kernels.requireIndices(this, offsetsK);
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
    return Autograd.apply(this, q, k, v, offsetsQ, offsetsK);
  }

  private FusedKernel.AttentionSpec spec(Tensor q, Tensor offsetsQ, Tensor offsetsK) {
    return new FusedKernel.AttentionSpec(
        Kernels.view(offsetsQ.contiguous()),
        Kernels.view(offsetsK.contiguous()),
        heads,
        kvHeads,
        q.size(1) / heads,
        scale,
        causal,
        dropout,
        seed,
        stream);
  }

  /// Columns must be adjacent for the kernel; rows may be apart.
  private static Tensor adjacent(Tensor t) {
    return t.size(1) <= 1 || Kernels.view(t).layout().stride(1) == 1 ? t : t.contiguous();
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] in) {
    if (!Kernels.supports(in[0], FusedKernel.Attention.class)) {
      context.save(in);
      return composed(in, in[3], in[4]);
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
                spec(q, in[3], in[4]),
                Kernels.view(out),
                Kernels.view(logSumExp)));
    context.save(in[0], in[1], in[2], in[3], in[4], out, logSumExp);
    return out;
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    Tensor inQ = context.saved(0);
    Tensor inK = context.saved(1);
    Tensor inV = context.saved(2);
    Tensor offsetsQ = context.saved(3);
    Tensor offsetsK = context.saved(4);
    if (context.createGraph() || !Kernels.supports(inQ, FusedKernel.AttentionBackward.class)) {
      return context.composed(x -> composed(x, offsetsQ, offsetsK), dy, inQ, inK, inV);
    }
    Tensor q = adjacent(inQ);
    Tensor k = adjacent(inK);
    Tensor dq = Kernels.empty(q, q.shape());
    Tensor dk = Kernels.empty(k, k.shape());
    Tensor dv = Kernels.empty(k, k.shape());
    Kernels.backend(q)
        .run(
            new FusedKernel.AttentionBackward(
                Kernels.view(q),
                Kernels.view(k),
                Kernels.view(adjacent(inV)),
                spec(q, offsetsQ, offsetsK),
                Kernels.view(context.saved(5)),
                Kernels.view(context.saved(6)),
                Kernels.view(dy.contiguous()),
                Kernels.view(dq),
                Kernels.view(dk),
                Kernels.view(dv)));
    return context.dense(dq, dk, dv, null, null);
  }

  /// Sequence by sequence, all heads at once.
  private Tensor composed(Tensor[] qkv, Tensor offsetsQ, Tensor offsetsK) {
    int[] q = offsetsQ.toIntArray();
    int[] k = offsetsK.toIntArray();
    Tensor[] parts = new Tensor[q.length];
    for (int s = 0; s + 1 < q.length; s++) {
      Tensor query = split(qkv[0].slice(0, q[s], q[s + 1]), heads);
      Tensor key = repeat(split(qkv[1].slice(0, k[s], k[s + 1]), kvHeads));
      Tensor value = repeat(split(qkv[2].slice(0, k[s], k[s + 1]), kvHeads));
      Tensor scores = query.matmul(key.transpose()).mul(scale);
      Tensor weights = weights(scores);
      if (dropout > 0) {
        weights = weights.mul(dropoutMask(weights, q[s]));
      }
      Tensor joined = weights.matmul(value).permute(1, 0, 2);
      parts[s] = joined.reshape(q[s + 1] - q[s], qkv[0].size(1));
    }
    parts[q.length - 1] = qkv[0].slice(0, 0, 0);
    return Concat.apply(0, parts);
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
  private Tensor weights(Tensor scores) {
    if (!causal) {
      return scores.softmax();
    }
    int queries = scores.size(1);
    int keys = scores.size(2);
    boolean[] sees = new boolean[queries * keys];
    for (int i = 0; i < sees.length; i++) {
      sees[i] = i % keys <= i / keys + keys - queries;
    }
    Tensor mask = Tensor.of(sees, 1, queries, keys).to(scores.device());
    return mask.where(mask.where(scores, constant(scores, -1e30)).softmax(), constant(scores, 0));
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
