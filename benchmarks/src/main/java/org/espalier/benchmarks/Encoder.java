package org.espalier.benchmarks;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.multitask.aggregation.PcGrad;
import org.espalier.multitask.train.SharedGradients;
import org.espalier.nn.Context;
import org.espalier.nn.Parameters;
import org.espalier.nn.data.Batch;
import org.espalier.nn.head.SequenceClassifier;
import org.espalier.nn.model.Bert;
import org.espalier.nn.optim.AdamW;

/// An encoder with three classifiers on its hidden states.
final class Encoder implements Trainee {
  private final Parameters parameters;
  private final Bert bert;
  private final List<SequenceClassifier> heads = new ArrayList<>();
  private final SharedGradients gradients;
  private final AdamW optimiser;
  private long seed;

  Encoder(Parameters parameters, Network network, double dropout) {
    this.parameters = parameters;
    bert = new Bert(parameters, network.encoder().withDropout(dropout, dropout));
    List<Tensor> shared = List.copyOf(parameters.all().values());
    gradients =
        new SharedGradients(Collections.nCopies(TokenBatch.CLASSES.size(), shared), new PcGrad(1));
    for (int h = 0; h < TokenBatch.CLASSES.size(); h++) {
      Parameters at = parameters.at("heads").at(h);
      int hidden = network.encoder().hiddenSize();
      heads.add(new SequenceClassifier(at, hidden, TokenBatch.CLASSES.get(h), dropout));
    }
    optimiser = Trainee.optimiser(parameters);
  }

  @Override
  public Parameters parameters() {
    return parameters;
  }

  /// All classifiers on one pass of the encoder, their losses added.
  @Override
  public double train(TokenBatch tokens) {
    double value;
    try (Scope _ = Scope.open()) {
      Batch batch = tokens.packed(0);
      Context context = Context.training(batch.layout(), seed++);
      Tensor hidden = bert.forward(context, batch.ids());
      Tensor total = heads.getFirst().loss(context, hidden, batch);
      for (int h = 1; h < heads.size(); h++) {
        total = total.add(heads.get(h).loss(context, hidden, tokens.packed(h)));
      }
      total.backward();
      value = total.item();
    }
    optimiser.step(1, LARGEST_NORM);
    return value;
  }

  @Override
  public double surgery(List<TokenBatch> batches) {
    double total = 0;
    for (int h = 0; h < heads.size(); h++) {
      try (Scope _ = Scope.open()) {
        Batch batch = batches.get(h).packed(h);
        Context context = Context.training(batch.layout(), seed++);
        Tensor loss = heads.get(h).loss(context, bert.forward(context, batch.ids()), batch);
        loss.backward();
        total += loss.item();
      }
      gradients.collect(h);
    }
    gradients.combine();
    optimiser.step(1, LARGEST_NORM);
    return total;
  }

  @Override
  public Tensor infer(TokenBatch tokens) {
    Batch batch = tokens.packed(0);
    return Autograd.noGrad(() -> bert.forward(Context.inference(batch.layout()), batch.ids()));
  }
}
