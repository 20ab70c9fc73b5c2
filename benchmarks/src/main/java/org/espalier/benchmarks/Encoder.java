package org.espalier.benchmarks;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.espalier.Tensor;
import org.espalier.multitask.aggregation.PcGrad;
import org.espalier.multitask.train.SharedGradients;
import org.espalier.nn.Context;
import org.espalier.nn.Parameters;
import org.espalier.nn.data.Batch;
import org.espalier.nn.head.SequenceClassifier;
import org.espalier.nn.model.Bert;

/// An encoder with three classifiers on its hidden states.
final class Encoder extends Trainee {
  private final List<SequenceClassifier> heads;
  private final SharedGradients gradients;

  private Encoder(
      Parameters parameters, Bert bert, List<SequenceClassifier> heads, SharedGradients gradients) {
    super(parameters, bert);
    this.heads = heads;
    this.gradients = gradients;
  }

  static Encoder of(Parameters parameters, Network network, double dropout) {
    Bert bert = new Bert(parameters, network.encoder().withDropout(dropout, dropout));
    List<Tensor> shared = List.copyOf(parameters.all().values());
    int tasks = TokenBatch.CLASSES.size();
    var gradients = new SharedGradients(Collections.nCopies(tasks, shared), new PcGrad(1));
    List<SequenceClassifier> heads = new ArrayList<>();
    for (int h = 0; h < tasks; h++) {
      Parameters at = parameters.at("heads").at(h);
      int hidden = network.encoder().hiddenSize();
      heads.add(new SequenceClassifier(at, hidden, TokenBatch.CLASSES.get(h), dropout));
    }
    return new Encoder(parameters, bert, heads, gradients);
  }

  /// All classifiers on one pass of the encoder, their losses added.
  @Override
  Tensor loss(Context context, Tensor hidden, Batch batch, TokenBatch tokens) {
    Tensor total = heads.getFirst().loss(context, hidden, batch);
    for (int h = 1; h < heads.size(); h++) {
      total = total.add(heads.get(h).loss(context, hidden, tokens.packed(h)));
    }
    return total;
  }

  @Override
  public double surgery(List<TokenBatch> batches) {
    double total = 0;
    for (int h = 0; h < heads.size(); h++) {
      SequenceClassifier head = heads.get(h);
      Batch batch = batches.get(h).packed(h);
      total += backward(batch, (context, hidden) -> head.loss(context, hidden, batch));
      gradients.collect(h);
    }
    gradients.combine();
    step();
    return total;
  }
}
