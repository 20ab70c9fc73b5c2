package org.espalier.benchmarks.peers;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.espalier.nn.model.Gpt2Config;

/// GPT-2 with the word table as its head.
final class TorchDecoder implements TorchNetwork {
  private final TorchWeights weights;
  private final Gpt2Config config;
  private final double dropout;

  TorchDecoder(TorchWeights weights, Gpt2Config config, double dropout) {
    this.weights = weights;
    this.config = config;
    this.dropout = dropout;
  }

  private static Tensor drop(Tensor x, double p) {
    return p > 0 ? torch.dropout(x, p, true) : x;
  }

  private Tensor decode(TorchBatch batch, double p) {
    long dim = config.hiddenSize();
    double eps = config.layerNormEps();
    Tensor words = torch.embedding(weights.get("wte.weight"), batch.ids);
    Tensor x = drop(words.add(torch.embedding(weights.get("wpe.weight"), batch.positions)), p);
    for (int i = 0; i < config.layers(); i++) {
      String at = "h." + i + ".";
      Tensor qkv = weights.transposedLinear(at + "attn.c_attn", weights.norm(at + "ln_1", x, eps));
      Tensor mixed =
          batch.attention(
              qkv.narrow(2, 0, dim),
              qkv.narrow(2, dim, dim),
              qkv.narrow(2, 2 * dim, dim),
              config.heads(),
              p,
              true);
      x = x.add(drop(weights.transposedLinear(at + "attn.c_proj", mixed), p));
      Tensor inner = weights.transposedLinear(at + "mlp.c_fc", weights.norm(at + "ln_2", x, eps));
      Tensor out = weights.transposedLinear(at + "mlp.c_proj", torch.gelu(inner, "tanh"));
      x = x.add(drop(out, p));
    }
    return weights.norm("ln_f", x, eps);
  }

  /// The last token of a text predicts nothing, so it has no logits.
  @Override
  public Tensor loss(TorchBatch batch, int task) {
    Tensor hidden = decode(batch, dropout).narrow(1, 0, batch.longest - 1);
    Tensor rows = hidden.reshape(batch.next.size(0), config.hiddenSize());
    return torch.cross_entropy(torch.linear(rows, weights.get("wte.weight")), batch.next);
  }

  @Override
  public Tensor hidden(TorchBatch batch) {
    return decode(batch, 0);
  }
}
