package org.espalier.nn.model;

import java.util.ArrayList;
import java.util.List;
import org.espalier.Scope;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.nn.Context;
import org.espalier.nn.Initializer;
import org.espalier.nn.Module;
import org.espalier.nn.Parameters;
import org.espalier.nn.layer.Dropout;
import org.espalier.nn.layer.Embedding;
import org.espalier.nn.layer.LayerNorm;
import org.espalier.nn.transformer.DecoderBlock;

/// GPT-2's decoder (Radford et al. 2019): word and position vectors, blocks in which a token sees
/// only those before it, a last norm, and a head that is the word table itself. Parameters carry
/// the names of Hugging Face's `GPT2Model`.
///
/// ```java
/// Gpt2 gpt2 = new Gpt2(parameters, Gpt2Config.small());
/// Context context = Context.training(layout, seed);
/// Tensor logits = gpt2.logits(gpt2.forward(context, ids));
/// Losses.nextToken(logits, ids, layout).backward();
/// ```
public final class Gpt2 implements Module {
  private final Gpt2Config config;
  private final Tensor words;
  private final Embedding positions;
  private final Dropout dropout;
  private final List<DecoderBlock> blocks = new ArrayList<>();
  private final LayerNorm norm;

  /// Makes the decoder at a place of the parameter tree.
  public Gpt2(Parameters parameters, Gpt2Config config) {
    this.config = config;
    int dim = config.hiddenSize();
    // Not an Embedding layer: the head needs the table as well.
    words =
        parameters
            .at("wte")
            .make("weight", Shape.of(config.vocabSize(), dim), Initializer.normal(0.02));
    positions = new Embedding(parameters.at("wpe"), config.maxPositions(), dim);
    dropout = new Dropout(parameters.at("wte"), config.hiddenDropout());
    var size =
        new DecoderBlock.Size(
            dim,
            config.heads(),
            config.intermediateSize(),
            config.layers(),
            config.layerNormEps(),
            config.hiddenDropout(),
            config.attentionDropout());
    for (int i = 0; i < config.layers(); i++) {
      blocks.add(new DecoderBlock(parameters.at("h").at(i), size));
    }
    norm = new LayerNorm(parameters.at("ln_f"), dim, config.layerNormEps());
  }

  /// Returns the sizes.
  public Gpt2Config config() {
    return config;
  }

  /// Returns the last hidden state `[rows, hidden]` of token ids I32 `[rows]`, after the last norm.
  ///
  /// @throws TensorException when a sequence is longer than the positions the model has, or an id
  ///   is not in its vocabulary
  @Override
  public Tensor forward(Context context, Tensor ids) {
    Positions.require(context.layout(), config.maxPositions());
    try (Scope scope = Scope.open()) {
      Tensor x =
          org.espalier.op.Embedding.apply(words, ids)
              .add(positions.forward(context, context.layout().positions()));
      x = dropout.forward(context, x);
      for (DecoderBlock block : blocks) {
        x = block.forward(context, x);
      }
      return scope.keep(norm.forward(context, x));
    }
  }

  /// Returns the logits `[rows, vocabulary]` of the token after each row: products of the hidden
  /// state with the rows of the word table (Press, Wolf 2017).
  ///
  /// @param hidden `[rows, hidden]`, all that [#forward] returned or some of its rows
  public Tensor logits(Tensor hidden) {
    return hidden.linear(words, null);
  }

  @Override
  public List<Module> children() {
    List<Module> all = new ArrayList<>(List.of(positions, dropout));
    all.addAll(blocks);
    all.add(norm);
    return all;
  }
}
