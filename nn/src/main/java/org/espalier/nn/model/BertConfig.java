package org.espalier.nn.model;

/// The sizes of a BERT encoder (Devlin et al. 2019), with the names of Hugging Face's `config.json`
/// in the accessors' documentation.
///
/// @param vocabSize rows of the word table (`vocab_size`)
/// @param hiddenSize columns of each row (`hidden_size`)
/// @param layers encoder blocks (`num_hidden_layers`)
/// @param heads attention heads (`num_attention_heads`)
/// @param intermediateSize inner columns of the feed-forward part (`intermediate_size`)
/// @param maxPositions longest sequence (`max_position_embeddings`)
/// @param segments kinds of segment (`type_vocab_size`)
/// @param layerNormEps added to variances (`layer_norm_eps`)
/// @param hiddenDropout after each sublayer (`hidden_dropout_prob`)
/// @param attentionDropout on attention weights (`attention_probs_dropout_prob`)
public record BertConfig(
    int vocabSize,
    int hiddenSize,
    int layers,
    int heads,
    int intermediateSize,
    int maxPositions,
    int segments,
    double layerNormEps,
    double hiddenDropout,
    double attentionDropout) {

  /// Checks the sizes.
  ///
  /// @throws IllegalArgumentException when one is not positive, or the heads do not divide the
  ///   hidden size
  public BertConfig {
    ModelSizes.require(
        "BERT",
        hiddenSize,
        heads,
        new String[] {
          "vocabulary", "hidden", "layers", "heads", "intermediate", "positions", "segments"
        },
        vocabSize,
        hiddenSize,
        layers,
        heads,
        intermediateSize,
        maxPositions,
        segments);
  }

  /// Returns the sizes of MiniLM with six layers of 384 (Wang et al. 2020; the sentence encoder
  /// all-MiniLM-L6-v2 has them), without dropout.
  public static BertConfig miniLm() {
    return new BertConfig(30522, 384, 6, 12, 1536, 512, 2, 1e-12, 0, 0);
  }

  /// Returns this configuration with other dropout rates.
  public BertConfig withDropout(double hidden, double attention) {
    return new BertConfig(
        vocabSize,
        hiddenSize,
        layers,
        heads,
        intermediateSize,
        maxPositions,
        segments,
        layerNormEps,
        hidden,
        attention);
  }
}
