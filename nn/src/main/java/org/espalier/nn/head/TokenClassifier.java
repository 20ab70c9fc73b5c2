package org.espalier.nn.head;

import java.util.ArrayList;
import java.util.List;
import org.espalier.Tensor;
import org.espalier.nn.Context;
import org.espalier.nn.Module;
import org.espalier.nn.Parameters;
import org.espalier.nn.data.Batch;
import org.espalier.nn.data.Target;
import org.espalier.nn.loss.Losses;

/// Classifies one token of each sequence, named by its position; loss and gradient come from that
/// token alone.
public final class TokenClassifier implements Head {
  private final Classifier classifier;

  /// Makes the head at a place of the parameter tree.
  public TokenClassifier(Parameters parameters, int dim, int classes, double dropout) {
    classifier = new Classifier(parameters, dim, classes, dropout);
  }

  /// Returns the logits of all rows, `[rows, classes]`.
  @Override
  public Tensor forward(Context context, Tensor hidden) {
    return classifier.forward(context, hidden);
  }

  /// Returns the row of each example's token.
  private static Tensor rows(Batch batch) {
    int[] rows = new int[batch.size()];
    for (int i = 0; i < rows.length; i++) {
      int position = Targets.of(batch, i, Target.TokenClass.class).position();
      if (position < 0 || position >= batch.layout().length(i)) {
        throw new IllegalArgumentException(
            "example "
                + i
                + " has "
                + batch.layout().length(i)
                + " tokens, none at position "
                + position);
      }
      rows[i] = batch.layout().offset(i) + position;
    }
    return Tensor.of(rows);
  }

  @Override
  public List<Tensor> targets(Batch batch) {
    int[] labels = new int[batch.size()];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = Targets.of(batch, i, Target.TokenClass.class).label();
    }
    List<Tensor> all = new ArrayList<>(Targets.classes(labels));
    all.add(rows(batch));
    return all;
  }

  @Override
  public Tensor loss(Context context, Tensor hidden, List<Tensor> targets) {
    return Losses.crossEntropy(
        forward(context, hidden.rows(targets.get(2))), targets.get(0), targets.get(1));
  }

  @Override
  public List<Prediction> predict(Context context, Tensor hidden, Batch batch) {
    Tensor chosen = hidden.rows(rows(batch).to(hidden.device()));
    return List.of(Classifier.distributions(forward(context, chosen)));
  }

  @Override
  public List<Module> children() {
    return List.of(classifier);
  }
}
