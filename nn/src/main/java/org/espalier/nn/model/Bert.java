package org.espalier.nn.model;

import java.util.ArrayList;
import java.util.List;
import org.espalier.DType;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.graph.StepGraphs;
import org.espalier.nn.Context;
import org.espalier.nn.Module;
import org.espalier.nn.Parameters;
import org.espalier.nn.layer.Dropout;
import org.espalier.nn.layer.Embedding;
import org.espalier.nn.layer.LayerNorm;
import org.espalier.nn.transformer.EncoderBlock;

/// BERT's encoder (Devlin et al. 2019): word, position and segment vectors, then blocks of
/// attention and feed-forward layers. Parameters carry the names of Hugging Face's `BertModel`; the
/// pooler, which only next-sentence prediction uses, is not built.
public final class Bert implements Module {
  private final BertConfig config;
  private final Embedding words;
  private final Embedding positions;
  private final Embedding segments;
  private final LayerNorm norm;
  private final Dropout dropout;
  private final List<EncoderBlock> blocks = new ArrayList<>();

  /// Makes the encoder at a place of the parameter tree.
  public Bert(Parameters parameters, BertConfig config) {
    this.config = config;
    int dim = config.hiddenSize();
    Parameters e = parameters.at("embeddings");
    words = new Embedding(e.at("word_embeddings"), config.vocabSize(), dim);
    positions = new Embedding(e.at("position_embeddings"), config.maxPositions(), dim);
    segments = new Embedding(e.at("token_type_embeddings"), config.segments(), dim);
    norm = new LayerNorm(e.at("LayerNorm"), dim, config.layerNormEps());
    dropout = new Dropout(e, config.hiddenDropout());
    var size =
        new EncoderBlock.Size(
            dim,
            config.heads(),
            config.intermediateSize(),
            config.layerNormEps(),
            config.hiddenDropout(),
            config.attentionDropout());
    for (int i = 0; i < config.layers(); i++) {
      blocks.add(new EncoderBlock(parameters.at("encoder.layer").at(i), size));
    }
  }

  /// Returns the sizes.
  public BertConfig config() {
    return config;
  }

  /// Returns the last hidden state `[rows, hidden]` of token ids I32 `[rows]`.
  ///
  /// @throws TensorException when a sequence is longer than the positions the model has, or an id
  ///   is not in its vocabulary
  @Override
  public Tensor forward(Context context, Tensor ids) {
    Positions.require(context.layout(), config.maxPositions());
    try (Scope scope = Scope.open()) {
      Tensor x = embed(context, ids);
      for (EncoderBlock block : blocks) {
        x = block.forward(context, x);
      }
      return scope.keep(x);
    }
  }

  private Tensor embed(Context context, Tensor ids) {
    try (Scope scope = Scope.open()) {
      Tensor kinds = context.segments();
      Tensor segment = segments.forward(context, kinds == null ? firstSegment(ids) : kinds);
      Tensor sum =
          words
              .forward(context, ids)
              .add(positions.forward(context, context.layout().positions()))
              .add(segment);
      return scope.keep(dropout.forward(context, norm.forward(context, sum)));
    }
  }

  private static Tensor firstSegment(Tensor ids) {
    return StepGraphs.isRecording(ids.device())
        ? Tensor.zeros(DType.I32, ids.device(), ids.shape())
        : Tensor.of(new int[ids.size(0)]).to(ids.device()); // the host knows these
  }

  @Override
  public List<Module> children() {
    List<Module> all = new ArrayList<>(List.of(words, positions, segments, norm, dropout));
    all.addAll(blocks);
    return all;
  }
}
