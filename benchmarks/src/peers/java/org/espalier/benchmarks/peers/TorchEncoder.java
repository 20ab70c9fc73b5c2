package org.espalier.benchmarks.peers;

import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.espalier.benchmarks.TokenBatch;
import org.espalier.nn.model.BertConfig;

/// BERT with three classifiers on the mean of its rows.
final class TorchEncoder implements TorchNetwork {
  private final TorchWeights weights;
  private final BertConfig config;
  private final double dropout;
  private final boolean fast;
  private final Tensor[][] packed;

  /// @param fast whether [#hidden] takes PyTorch's fast path, an operator for a whole layer
  TorchEncoder(TorchWeights weights, BertConfig config, double dropout, boolean fast) {
    this.weights = weights;
    this.config = config;
    this.dropout = dropout;
    this.fast = fast;
    packed = new Tensor[fast ? config.layers() : 0][];
    for (int i = 0; i < packed.length; i++) {
      String self = "encoder.layer." + i + ".attention.self.";
      packed[i] = new Tensor[] {joined(self, "weight"), joined(self, "bias")};
    }
  }

  /// The fast path wants queries, keys and values in one matrix.
  private Tensor joined(String self, String kind) {
    Tensor q = weights.get(self + "query." + kind);
    Tensor k = weights.get(self + "key." + kind);
    Tensor v = weights.get(self + "value." + kind);
    return torch.cat(new TensorVector(q, k, v), 0).detach();
  }

  private static Tensor drop(Tensor x, double p) {
    return p > 0 ? torch.dropout(x, p, true) : x;
  }

  private Tensor embed(TorchBatch batch, double p) {
    Tensor sum =
        torch
            .embedding(weights.get("embeddings.word_embeddings.weight"), batch.ids)
            .add(
                torch.embedding(
                    weights.get("embeddings.position_embeddings.weight"), batch.positions))
            .add(
                torch.embedding(
                    weights.get("embeddings.token_type_embeddings.weight"), batch.segments));
    return drop(weights.norm("embeddings.LayerNorm", sum, config.layerNormEps()), p);
  }

  private Tensor encode(TorchBatch batch, double p) {
    Tensor x = embed(batch, p);
    for (int i = 0; i < config.layers(); i++) {
      String at = "encoder.layer." + i + ".";
      Tensor mixed =
          batch.attention(
              weights.linear(at + "attention.self.query", x),
              weights.linear(at + "attention.self.key", x),
              weights.linear(at + "attention.self.value", x),
              config.heads(),
              p,
              false);
      Tensor a = drop(weights.linear(at + "attention.output.dense", mixed), p);
      Tensor h = weights.norm(at + "attention.output.LayerNorm", x.add(a), config.layerNormEps());
      Tensor inner = torch.gelu(weights.linear(at + "intermediate.dense", h));
      Tensor b = drop(weights.linear(at + "output.dense", inner), p);
      x = weights.norm(at + "output.LayerNorm", h.add(b), config.layerNormEps());
    }
    return x;
  }

  @Override
  public Tensor loss(TorchBatch batch, int task) {
    Tensor pooled = batch.mean(encode(batch, dropout));
    if (task >= 0) {
      return classify(batch, pooled, task);
    }
    Tensor total = classify(batch, pooled, 0);
    for (int h = 1; h < TokenBatch.CLASSES.size(); h++) {
      total = total.add(classify(batch, pooled, h));
    }
    return total;
  }

  private Tensor classify(TorchBatch batch, Tensor pooled, int task) {
    String at = "heads." + task + ".";
    Tensor inner = torch.gelu(weights.linear(at + "dense", drop(pooled, dropout)));
    return torch.cross_entropy(weights.linear(at + "output", inner), batch.labels[task]);
  }

  @Override
  public Tensor hidden(TorchBatch batch) {
    if (!fast) {
      return encode(batch, 0);
    }
    OperatorHandle layer =
        Dispatcher.singleton().findSchemaOrThrow("aten::_transformer_encoder_layer_fwd", "");
    Tensor x = embed(batch, 0);
    for (int i = 0; i < config.layers(); i++) {
      IValueVector stack = new IValueVector();
      stack.push_back(new IValue(x));
      stack.push_back(new IValue((long) config.hiddenSize()));
      stack.push_back(new IValue((long) config.heads()));
      stack.push_back(new IValue(packed[i][0]));
      stack.push_back(new IValue(packed[i][1]));
      String at = "encoder.layer." + i + ".";
      push(stack, at + "attention.output.dense");
      stack.push_back(new IValue(true)); // GELU
      stack.push_back(new IValue(false)); // the norm comes after
      stack.push_back(new IValue(config.layerNormEps()));
      push(stack, at + "attention.output.LayerNorm");
      push(stack, at + "output.LayerNorm");
      push(stack, at + "intermediate.dense");
      push(stack, at + "output.dense");
      stack.push_back(new IValue()); // no mask
      stack.push_back(new IValue());
      layer.callBoxed(stack);
      x = stack.back().toTensor();
    }
    return x;
  }

  private void push(IValueVector stack, String at) {
    stack.push_back(new IValue(weights.get(at + ".weight")));
    stack.push_back(new IValue(weights.get(at + ".bias")));
  }
}
