package org.espalier.benchmarks;

import java.util.List;
import org.espalier.Tensor;
import org.espalier.nn.Context;
import org.espalier.nn.Parameters;
import org.espalier.nn.data.Batch;
import org.espalier.nn.loss.Losses;
import org.espalier.nn.model.Gpt2;

/// A language model: each token is predicted from those before it, through the word table.
final class Decoder extends Trainee {
  private final Gpt2 gpt2;

  private Decoder(Parameters parameters, Gpt2 gpt2) {
    super(parameters, gpt2);
    this.gpt2 = gpt2;
  }

  static Decoder of(Parameters parameters, Network network, double dropout) {
    return new Decoder(
        parameters, new Gpt2(parameters, network.decoder().withDropout(dropout, dropout)));
  }

  @Override
  Tensor loss(Context context, Tensor hidden, Batch batch, TokenBatch tokens) {
    return Losses.nextToken(gpt2.logits(hidden), batch.ids(), context.layout());
  }

  @Override
  public double surgery(List<TokenBatch> batches) {
    throw new UnsupportedOperationException("a language model is one task");
  }
}
