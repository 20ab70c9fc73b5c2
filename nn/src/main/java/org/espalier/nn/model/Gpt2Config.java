package org.espalier.nn.model;

/// The sizes of a GPT-2 decoder (Radford et al. 2019), with the names of Hugging Face's
/// `config.json` in the accessors' documentation.
///
/// @param vocabSize rows of the word table (`vocab_size`)
/// @param hiddenSize columns of each row (`n_embd`)
/// @param layers decoder blocks (`n_layer`)
/// @param heads attention heads (`n_head`)
/// @param intermediateSize inner columns of the feed-forward part (`n_inner`; 4 times `n_embd`
///   where the file has none)
/// @param maxPositions longest sequence (`n_positions`)
/// @param layerNormEps added to variances (`layer_norm_epsilon`)
/// @param hiddenDropout on the embeddings and after each part of a block (`embd_pdrop` and
///   `resid_pdrop`, which GPT-2 has equal)
/// @param attentionDropout on attention weights (`attn_pdrop`)
public record Gpt2Config(
    int vocabSize,
    int hiddenSize,
    int layers,
    int heads,
    int intermediateSize,
    int maxPositions,
    double layerNormEps,
    double hiddenDropout,
    double attentionDropout) {

  /// Checks the sizes.
  ///
  /// @throws IllegalArgumentException when one is not positive, or the heads do not divide the
  ///   hidden size
  public Gpt2Config {
    ModelSizes.require(
        "GPT-2",
        hiddenSize,
        heads,
        new String[] {"vocabulary", "hidden", "layers", "heads", "intermediate", "positions"},
        vocabSize,
        hiddenSize,
        layers,
        heads,
        intermediateSize,
        maxPositions);
  }

  /// Returns the sizes of GPT-2 small, without dropout.
  public static Gpt2Config small() {
    return new Gpt2Config(50257, 768, 12, 12, 3072, 1024, 1e-5, 0, 0);
  }

  /// Returns this configuration with other dropout rates.
  public Gpt2Config withDropout(double hidden, double attention) {
    return new Gpt2Config(
        vocabSize,
        hiddenSize,
        layers,
        heads,
        intermediateSize,
        maxPositions,
        layerNormEps,
        hidden,
        attention);
  }
}
