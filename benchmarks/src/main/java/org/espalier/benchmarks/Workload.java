package org.espalier.benchmarks;

import java.util.List;
import org.espalier.nn.Parameters;

/// What a network does in a row of the tables: the same for JMH and for the peers.
public enum Workload {
  /// A training step with dropout 0.1.
  MINILM_TRAINING(Network.MINILM, Kind.TRAINING, 0.1),
  /// A training step without dropout.
  MINILM_TRAINING_PLAIN(Network.MINILM, Kind.TRAINING, 0),
  /// The hidden states of a batch.
  MINILM_INFERENCE(Network.MINILM, Kind.INFERENCE, 0),
  /// A step that combines the gradients of three tasks by PCGrad; each task has a batch.
  MINILM_PCGRAD(Network.MINILM, Kind.SURGERY, 0.1),
  /// A training step of 32 sentences of real lengths.
  MINILM_SENTENCES(Network.MINILM, Kind.SENTENCES, 0.1),
  /// A training step with dropout 0.1.
  DISTILBERT_TRAINING(Network.DISTILBERT, Kind.TRAINING, 0.1),
  /// A training step without dropout.
  DISTILBERT_TRAINING_PLAIN(Network.DISTILBERT, Kind.TRAINING, 0),
  /// A training step with dropout 0.1.
  GPT2_TRAINING(Network.GPT2, Kind.TRAINING, 0.1),
  /// A training step without dropout.
  GPT2_TRAINING_PLAIN(Network.GPT2, Kind.TRAINING, 0);

  /// What is done.
  public enum Kind {
    /// Forward, backward, clipping, AdamW on one batch of full rows.
    TRAINING,
    /// The same, on batches of sentences in turn.
    SENTENCES,
    /// The same, with the gradients of three tasks combined.
    SURGERY,
    /// Forward alone.
    INFERENCE
  }

  private final Network network;
  private final Kind kind;
  private final double dropout;

  Workload(Network network, Kind kind, double dropout) {
    this.network = network;
    this.kind = kind;
    this.dropout = dropout;
  }

  /// Returns the network.
  public Network network() {
    return network;
  }

  /// Returns what is done.
  public Kind kind() {
    return kind;
  }

  /// Returns the probability of dropout, everywhere.
  public double dropout() {
    return dropout;
  }

  /// Returns the batches: the tasks' for [Kind#SURGERY], otherwise those that come in turn.
  ///
  /// @param chosen the network, or a tiny one in its place
  public List<TokenBatch> batches(Network chosen) {
    return switch (kind) {
      case TRAINING, INFERENCE -> List.of(TokenBatch.full(chosen, 0));
      case SENTENCES -> TokenBatch.sentences(chosen, false);
      case SURGERY ->
          List.of(
              TokenBatch.full(chosen, 0), TokenBatch.full(chosen, 1), TokenBatch.full(chosen, 2));
    };
  }

  /// Returns how many calls it takes until all batches have come.
  public int round(Network chosen) {
    return kind == Kind.SURGERY ? 1 : batches(chosen).size();
  }

  /// Makes the network ready to run.
  ///
  /// @param chosen the network, or a tiny one in its place
  /// @param parameters where the network gets its weights
  /// @param p probability of dropout
  /// @param batches those of [#batches], or others
  public WorkloadRun start(
      Network chosen, Parameters parameters, double p, List<TokenBatch> batches) {
    return new WorkloadRun(kind, chosen.with(parameters, p), batches);
  }
}
