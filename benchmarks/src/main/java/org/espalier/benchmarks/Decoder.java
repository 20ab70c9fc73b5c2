package org.espalier.benchmarks;

import java.util.List;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.nn.Context;
import org.espalier.nn.Parameters;
import org.espalier.nn.data.Batch;
import org.espalier.nn.loss.Losses;
import org.espalier.nn.model.Gpt2;
import org.espalier.nn.optim.AdamW;

/// A language model: each token is predicted from those before it, through the word table.
final class Decoder implements Trainee {
  private final Parameters parameters;
  private final Gpt2 gpt2;
  private final AdamW optimiser;
  private long seed;

  Decoder(Parameters parameters, Network network, double dropout) {
    this.parameters = parameters;
    gpt2 = new Gpt2(parameters, network.decoder().withDropout(dropout, dropout));
    optimiser = Trainee.optimiser(parameters);
  }

  @Override
  public Parameters parameters() {
    return parameters;
  }

  @Override
  public double train(TokenBatch tokens) {
    double value;
    try (Scope _ = Scope.open()) {
      Batch batch = tokens.packed(0);
      Context context = Context.training(batch.layout(), seed++);
      Tensor logits = gpt2.logits(gpt2.forward(context, batch.ids()));
      Tensor loss = Losses.nextToken(logits, batch.ids(), batch.layout());
      loss.backward();
      value = loss.item();
    }
    optimiser.step(1, LARGEST_NORM);
    return value;
  }

  @Override
  public double surgery(List<TokenBatch> batches) {
    throw new UnsupportedOperationException("a language model is one task");
  }

  @Override
  public Tensor infer(TokenBatch tokens) {
    Batch batch = tokens.packed(0);
    return Autograd.noGrad(() -> gpt2.forward(Context.inference(batch.layout()), batch.ids()));
  }
}
