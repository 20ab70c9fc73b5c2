package org.espalier.benchmarks.peers;

import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.espalier.benchmarks.TokenBatch;

/// A batch as PyTorch takes it: padded to its longest sequence, with a mask where anything is
/// padded.
final class TorchBatch {
  final long size;
  final long longest;
  final boolean padded;

  /// Token ids I64 `[size, longest]`.
  final Tensor ids;

  /// Zeros I64 `[size, longest]`: the segments.
  final Tensor segments;

  /// Positions I64 `[1, longest]`.
  final Tensor positions;

  /// BOOL `[size, 1, 1, longest]`: whether a key is a token. None where all are: attention without
  /// a mask is faster.
  final TensorOptional keys;

  /// F32 `[size, longest, 1]`: the weight of each row in its sequence's mean.
  final Tensor weights;

  /// The classes I64 `[size]` for each classifier.
  final Tensor[] labels = new Tensor[TokenBatch.CLASSES.size()];

  /// The tokens after the first of each sequence, I64 `[size * (longest - 1)]`.
  final Tensor next;

  TorchBatch(TokenBatch batch) {
    int n = batch.size();
    int width = batch.longest();
    size = n;
    longest = width;
    long[] tokens = new long[n * width];
    long[] after = new long[n * (width - 1)];
    long[] places = new long[width];
    boolean[] real = new boolean[n * width];
    float[] shares = new float[n * width];
    boolean any = false;
    for (int s = 0; s < n; s++) {
      int[] ids = batch.ids(s);
      any |= ids.length < width;
      for (int i = 0; i < ids.length; i++) {
        tokens[s * width + i] = ids[i];
        real[s * width + i] = true;
        shares[s * width + i] = 1f / ids.length;
        if (i > 0) {
          after[s * (width - 1) + i - 1] = ids[i];
        }
      }
    }
    for (int i = 0; i < width; i++) {
      places[i] = i;
    }
    padded = any;
    ids = Tensor.create(tokens, n, width);
    segments = Tensor.create(new long[n * width], n, width);
    positions = Tensor.create(places, 1, width);
    keys = any ? new TensorOptional(Tensor.create(real, n, 1, 1, width)) : new TensorOptional();
    weights = Tensor.create(shares, n, width, 1);
    next = Tensor.create(after, after.length);
    for (int h = 0; h < labels.length; h++) {
      long[] classes = new long[n];
      for (int s = 0; s < n; s++) {
        classes[s] = batch.label(h, s);
      }
      labels[h] = Tensor.create(classes, n);
    }
  }

  /// Returns the mean of each sequence's rows, `[size, longest, dim] -> [size, dim]`.
  Tensor mean(Tensor rows) {
    return padded ? rows.mul(weights).sum(1) : rows.mean(1);
  }

  /// Returns attention's output `[size, longest, dim]` for queries, keys and values of that shape.
  Tensor attention(Tensor q, Tensor k, Tensor v, long heads, double dropout, boolean causal) {
    Tensor mixed =
        torch.scaled_dot_product_attention(
            split(q, heads),
            split(k, heads),
            split(v, heads),
            keys,
            dropout,
            causal,
            new DoubleOptional(),
            false);
    return mixed.transpose(1, 2).reshape(size, longest, q.size(2));
  }

  private Tensor split(Tensor x, long heads) {
    return x.view(size, longest, heads, x.size(2) / heads).transpose(1, 2);
  }
}
