package org.espalier.benchmarks;

import org.espalier.nn.Parameters;
import org.espalier.nn.model.BertConfig;
import org.espalier.nn.model.Gpt2Config;

/// The networks that are trained and asked, with their batch of full rows.
public enum Network {
  /// An encoder of 6 layers of 384; 16 sequences of 128 tokens.
  MINILM(16, 128),
  /// An encoder of 6 layers of 768; 8 sequences of 128 tokens.
  DISTILBERT(8, 128),
  /// A decoder of 12 layers of 768; 2 texts of 256 tokens.
  GPT2(2, 256),
  /// An encoder that only shows that everything runs.
  TINY_ENCODER(3, 5),
  /// A decoder that only shows that everything runs.
  TINY_DECODER(2, 7);

  private final int sequences;
  private final int tokens;

  Network(int sequences, int tokens) {
    this.sequences = sequences;
    this.tokens = tokens;
  }

  /// Returns the number of sequences of a full batch.
  public int sequences() {
    return sequences;
  }

  /// Returns the tokens of each sequence of a full batch.
  public int tokens() {
    return tokens;
  }

  /// Tells whether it is an encoder with three classifiers, and not a language model.
  public boolean isEncoder() {
    return this != GPT2 && this != TINY_DECODER;
  }

  /// Tells whether it is there for tests.
  public boolean isTiny() {
    return this == TINY_ENCODER || this == TINY_DECODER;
  }

  /// Returns the rows of the word table.
  public int vocabulary() {
    return isEncoder() ? encoder().vocabSize() : decoder().vocabSize();
  }

  /// Returns the sizes of an encoder. DistilBERT is a BERT of half the layers; its segment table,
  /// which it would not have, is two rows more.
  public BertConfig encoder() {
    return switch (this) {
      case MINILM -> BertConfig.miniLm();
      case DISTILBERT -> new BertConfig(30522, 768, 6, 12, 3072, 512, 2, 1e-12, 0, 0);
      case TINY_ENCODER -> new BertConfig(50, 32, 2, 2, 64, 64, 2, 1e-12, 0, 0);
      case GPT2, TINY_DECODER -> throw new IllegalStateException(this + " is a decoder");
    };
  }

  /// Returns the sizes of a decoder.
  public Gpt2Config decoder() {
    return switch (this) {
      case GPT2 -> Gpt2Config.small();
      case TINY_DECODER -> new Gpt2Config(50, 32, 2, 2, 64, 32, 1e-5, 0, 0);
      case MINILM, DISTILBERT, TINY_ENCODER ->
          throw new IllegalStateException(this + " is an encoder");
    };
  }

  /// Returns the network for a size of operands: itself, or one that only shows that it runs.
  Network at(Size size) {
    return size.pick(this, isEncoder() ? TINY_ENCODER : TINY_DECODER);
  }

  /// Makes the network at the root of a tree of parameters.
  ///
  /// @param dropout everywhere, attention weights included
  public Trainee with(Parameters root, double dropout) {
    return isEncoder() ? Encoder.of(root, this, dropout) : Decoder.of(root, this, dropout);
  }
}
