package org.espalier.nn.head;

import java.util.List;
import org.espalier.Tensor;
import org.espalier.nn.Context;
import org.espalier.nn.Module;
import org.espalier.nn.Parameters;
import org.espalier.nn.data.Batch;
import org.espalier.nn.data.Target;
import org.espalier.nn.loss.Losses;
import org.espalier.op.SegmentMean;

/// Classifies a whole sequence from the mean of its rows.
public final class SequenceClassifier implements Head {
  private final Classifier classifier;

  /// Makes the head at a place of the parameter tree.
  public SequenceClassifier(Parameters parameters, int dim, int classes, double dropout) {
    classifier = new Classifier(parameters, dim, classes, dropout);
  }

  /// Returns the logits `[sequences, classes]`.
  @Override
  public Tensor forward(Context context, Tensor hidden) {
    return classifier.forward(context, SegmentMean.apply(hidden, context.layout().offsets()));
  }

  @Override
  public List<Tensor> targets(Batch batch) {
    int[] labels = new int[batch.size()];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = Targets.of(batch, i, Target.SequenceClass.class).label();
    }
    return Targets.classes(labels);
  }

  @Override
  public Tensor loss(Context context, Tensor hidden, List<Tensor> targets) {
    return Losses.crossEntropy(forward(context, hidden), targets.get(0), targets.get(1));
  }

  @Override
  public List<Prediction> predict(Context context, Tensor hidden, Batch batch) {
    return List.of(Classifier.distributions(forward(context, hidden)));
  }

  @Override
  public List<Module> children() {
    return List.of(classifier);
  }
}
