package org.espalier.spi;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Kernels that do in one pass what would take several primitives. All views are contiguous unless
/// a record says otherwise; each record is one call. A backend answers those it `supports`; ops
/// compose the others. "rows" are all axes but the last, flattened.
public sealed interface FusedKernel {

  /// `y = softmax(x)` along the last axis, or its logarithm; `y` may be `x`.
  record Softmax(View x, boolean log, View y) implements FusedKernel {}

  /// `dx` of softmax from its output: `y * (dy - sum(dy * y))`; for the logarithm `dy - exp(y) *
  /// sum(dy)`; `dx` may be `dy`.
  record SoftmaxBackward(View y, View dy, boolean log, View dx) implements FusedKernel {}

  /// `y = (x - mean) * rstd * weight + bias` along the last axis (Ba, Kiros, Hinton 2016), `rstd =
  /// 1 / sqrt(variance + eps)`.
  ///
  /// @param mean `[rows]`, written
  /// @param rstd `[rows]`, written
  record LayerNorm(View x, View weight, View bias, double eps, View y, View mean, View rstd)
      implements FusedKernel {}

  /// Gradients of layer norm; the sums over rows go in blocks of 64 rows, added in order.
  record LayerNormBackward(
      View dy, View x, View mean, View rstd, View weight, View dx, View dweight, View dbias)
      implements FusedKernel {}

  /// `y = x * rstd * weight` along the last axis, `rstd = 1 / sqrt(mean(x^2) + eps)` (Zhang,
  /// Sennrich 2019).
  ///
  /// @param rstd `[rows]`, written
  record RmsNorm(View x, View weight, double eps, View y, View rstd) implements FusedKernel {}

  /// Gradients of RMS norm; the sums over rows go in blocks of 64 rows, added in order.
  record RmsNormBackward(View dy, View x, View rstd, View weight, View dx, View dweight)
      implements FusedKernel {}

  /// Rotary position embedding (Su et al. 2021): in every head of row `r` the pair `(a, b)` number
  /// `j` becomes `(a cos - b sin, a sin + b cos)` with the angle in row `positions[r]` and column
  /// `j` of the tables.
  ///
  /// @param x `[rows, heads * 2 * half]`
  /// @param positions I32 `[rows]`, checked against the tables
  /// @param cos `[count, half]`
  /// @param sin `[count, half]`
  /// @param interleaved whether pairs are neighbours (`2j`, `2j + 1`), or the halves of a head
  ///   (`j`, `j + half`)
  /// @param inverse whether to turn by the negative angles
  record Rotary(
      View x, View positions, View cos, View sin, boolean interleaved, boolean inverse, View y)
      implements FusedKernel {}

  /// `y = x * Phi(x)` (Hendrycks, Gimpel 2016), or with `tanh` its approximation; `y` may be `x`.
  record Gelu(View x, boolean tanh, View y) implements FusedKernel {}

  /// `dx = dy * gelu'(x)`; `dx` may be `dy`.
  record GeluBackward(View x, View dy, boolean tanh, View dx) implements FusedKernel {}

  /// Cross-entropy of logits `[rows, classes]` against class indices I32 `[rows]`.
  ///
  /// @param ignoreIndex rows with this target have loss 0 and no gradient
  /// @param smoothing label smoothing in `[0, 1)`: the target distribution is `1 - s` on the class
  ///   plus `s / classes` on all
  /// @param loss `[rows]`, written
  /// @param sums `[rows, 2]`, written: the largest logit of the row and the sum of `e^(x -
  ///   largest)`. Their logarithm as one number would lose the digits of the second where the first
  ///   is large
  record CrossEntropy(
      View logits, View targets, int ignoreIndex, double smoothing, View loss, View sums)
      implements FusedKernel {}

  /// `dlogits = (softmax(logits) - target distribution) * rowScale`; `dlogits` may be `logits`.
  ///
  /// @param rowScale `[rows]`: the gradient of each row's loss
  record CrossEntropyBackward(
      View logits,
      View targets,
      View sums,
      View rowScale,
      int ignoreIndex,
      double smoothing,
      View dlogits)
      implements FusedKernel {}

  /// Which keys a query sees. Query `i` of a sequence stands at the place `p = i + keys - queries`,
  /// so that the ends are aligned; what is set holds all at once.
  ///
  /// @param causal whether `p` sees only the keys `j <= p`
  /// @param window how far: only keys with `|p - j| < window` are seen; 0 for any distance
  /// @param prefixes I32 `[sequences]`: the first so many keys of a sequence are seen by all its
  ///   queries, even when `causal` (prefix language models: Raffel et al. 2020); null for none; not
  ///   together with a window
  /// @param allowed BOOL `[n, m, queries, keys]`, any strides: whether the query of that number
  ///   sees the key of that number; `n` divides the sequences and `sequences / n` neighbours share
  ///   a mask, `m` and the heads alike; covers the longest sequence; null for yes
  record AttentionMask(
      boolean causal, int window, @Nullable View prefixes, @Nullable View allowed) {
    /// Everything is seen.
    public static final AttentionMask NONE = new AttentionMask(false, 0, null, null);

    /// A query sees the keys up to its own place.
    public static final AttentionMask CAUSAL = new AttentionMask(true, 0, null, null);
  }

  /// Where each sequence's rows lie and who sees whom; serves ragged, cross and cached attention
  /// alike.
  ///
  /// @param offsetsQ I32 `[sequences + 1]`: sequence `s` owns the query rows `[offsetsQ[s],
  ///   offsetsQ[s + 1])`
  /// @param offsetsK the same for key and value rows
  /// @param heads number of query heads
  /// @param kvHeads number of key and value heads; divides `heads`
  /// @param headDim columns of a head
  /// @param scale factor of the scores, usually `1 / sqrt(headDim)`
  /// @param mask which keys a query sees
  /// @param dropout probability that an attention weight is dropped
  /// @param seed seed of the dropout bits
  /// @param stream stream of the dropout bits
  record AttentionSpec(
      View offsetsQ,
      View offsetsK,
      int heads,
      int kvHeads,
      int headDim,
      double scale,
      AttentionMask mask,
      double dropout,
      long seed,
      int stream) {}

  /// `softmax(scale * q k^T) v` for every head of every sequence (Vaswani et al. 2017), without
  /// storing the scores.
  ///
  /// @param q `[queries, heads * headDim]`; rows may be apart (a slice of columns), columns are
  ///   adjacent and rows do not overlap; `k` and `v` alike with `kvHeads`
  /// @param out `[queries, heads * headDim]`, written; rows of no sequence get 0
  /// @param logSumExp `[queries, heads]`, written; minus infinity where no key is seen
  record Attention(View q, View k, View v, AttentionSpec spec, View out, View logSumExp)
      implements FusedKernel {}

  /// Gradients of attention: probabilities are computed again from `logSumExp`, dropout from its
  /// counters. `dq`, `dk`, `dv` may be slices of columns of one matrix.
  record AttentionBackward(
      View q,
      View k,
      View v,
      AttentionSpec spec,
      View out,
      View logSumExp,
      View dout,
      View dq,
      View dk,
      View dv)
      implements FusedKernel {}

  /// `y = keep(row, column) ? x / (1 - p) : 0` with the bits of `DropoutMask` (Srivastava et al.
  /// 2014); its own backward; `y` may be `x`.
  record Dropout(View x, double p, long seed, int stream, View y) implements FusedKernel {}

  /// `y[s] = mean of the rows [offsets[s], offsets[s + 1]) of x`; an empty segment gives 0.
  ///
  /// @param offsets I32 `[segments + 1]`
  record SegmentMean(View x, View offsets, View y) implements FusedKernel {}

  /// `dx[i] = dy[segment of i] / length of the segment`.
  record SegmentMeanBackward(View dy, View offsets, View dx) implements FusedKernel {}

  /// One tensor of an AdamW step, all views contiguous.
  ///
  /// @param rows I32 `[n]` when `gradient` is `[n, dim]` holding only these rows of the table and
  ///   only they are to move; a row that is named several times moves once, by the sum; null for a
  ///   dense gradient of the parameter's shape
  record AdamWSlot(
      View parameter, View gradient, @Nullable View rows, View firstMoment, View secondMoment) {}

  /// A step of AdamW (Loshchilov, Hutter 2019) on many tensors: with `g = gradient *
  /// gradientScale`, `m = beta1 m + (1 - beta1) g`, `v = beta2 v + (1 - beta2) g^2`, `p = p * decay
  /// - stepSize * m / (sqrt(v * correction2) + eps)`.
  ///
  /// @param gradientScale the clipping factor
  /// @param decay `1 - learningRate * weightDecay`
  /// @param stepSize `learningRate / (1 - beta1^t)`
  /// @param correction2 `1 / (1 - beta2^t)`
  record AdamW(
      List<AdamWSlot> slots,
      double gradientScale,
      double decay,
      double beta1,
      double beta2,
      double stepSize,
      double correction2,
      double eps)
      implements FusedKernel {}

  /// The same step, where the numbers that change from step to step lie on the device: nothing of
  /// it waits for the host, and it can be recorded. They are rounded to the dtype of the parameters
  /// as those of [AdamW] are, so that both move to the same bits.
  ///
  /// @param numbers F64 `[slots, 3]`: `decay`, `stepSize` and `correction2` of each slot
  /// @param gradientScale F64, one number
  record AdamWOnDevice(
      List<AdamWSlot> slots,
      View numbers,
      View gradientScale,
      double beta1,
      double beta2,
      double eps)
      implements FusedKernel {}

  /// The Euclidean norm of several gradients and the factor that clips it (Pascanu, Mikolov, Bengio
  /// 2013), in double: `norm = sqrt(squares[0] + squares[1] + ...)` added in order, `factor = norm
  /// > maxNorm ? maxNorm / (norm + 1e-6) : 1`.
  ///
  /// @param squares F64 `[n]`
  /// @param out F64 `[2]`: the norm and the factor
  record JointNorm(View squares, double maxNorm, View out) implements FusedKernel {}

  /// Sums the rows of a gradient that belong to one index, without the host knowing which do:
  /// `rows` are the indices, ascending; the first place of each holds the sum of its rows of `dy`,
  /// added in their order, and the others zeros.
  ///
  /// @param dy `[n, dim...]`
  /// @param indices I32 `[n]`
  /// @param rows I32 `[n]`, written
  /// @param values `[n, dim...]`, written
  record SumByIndex(View dy, View indices, View rows, View values) implements FusedKernel {}

  /// `out = sum of a[i] * b[i]` over two views of one shape, accumulated in double.
  ///
  /// @param out F64 scalar
  record Dot(View a, View b, View out) implements FusedKernel {}

  /// All inner products of vectors that are given in parts: `out[i, j] = sum over p of
  /// vectors[i][p] . vectors[j][p]`, accumulated in double, in an order that the shapes decide.
  ///
  /// @param vectors `n` lists of as many parts, not all null; part `p` has one shape and one dtype
  ///   in all of them, all parts one dtype; null is a part of zeros
  /// @param out F64 `[n, n]`, contiguous
  record Gram(List<? extends List<? extends @Nullable View>> vectors, View out)
      implements FusedKernel {
    /// Returns the parts that are not null.
    public List<View> parts() {
      List<View> parts = new ArrayList<>();
      for (List<? extends @Nullable View> vector : vectors) {
        for (View part : vector) {
          if (part != null) {
            parts.add(part);
          }
        }
      }
      return parts;
    }
  }
}
