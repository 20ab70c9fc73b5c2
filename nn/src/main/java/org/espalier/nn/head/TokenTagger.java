package org.espalier.nn.head;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.espalier.Tensor;
import org.espalier.nn.Context;
import org.espalier.nn.Module;
import org.espalier.nn.Parameters;
import org.espalier.nn.data.Batch;
import org.espalier.nn.data.Target;
import org.espalier.nn.loss.Losses;

/// Tags each token; tokens without a tag ([Target.TokenTags#NONE]) cost nothing.
public final class TokenTagger implements Head {
  private final Classifier classifier;

  /// Makes the head at a place of the parameter tree.
  public TokenTagger(Parameters parameters, int dim, int tags, double dropout) {
    classifier = new Classifier(parameters, dim, tags, dropout);
  }

  /// Returns the logits `[rows, tags]`.
  @Override
  public Tensor forward(Context context, Tensor hidden) {
    return classifier.forward(context, hidden);
  }

  @Override
  public List<Tensor> targets(Batch batch) {
    int[] tags = new int[batch.layout().rows()];
    Arrays.fill(tags, batch.tokens(), tags.length, Target.TokenTags.NONE);
    for (int i = 0; i < batch.size(); i++) {
      Target.TokenTags t = Targets.of(batch, i, Target.TokenTags.class);
      if (t.size() != batch.layout().length(i)) {
        throw new IllegalArgumentException(
            "example "
                + i
                + " has "
                + batch.layout().length(i)
                + " tokens and "
                + t.size()
                + " tags");
      }
      for (int j = 0; j < t.size(); j++) {
        tags[batch.layout().offset(i) + j] = t.tag(j);
      }
    }
    return Targets.classes(tags);
  }

  @Override
  public Tensor loss(Context context, Tensor hidden, List<Tensor> targets) {
    return Losses.crossEntropy(forward(context, hidden), targets.get(0), targets.get(1));
  }

  @Override
  public List<Prediction> predict(Context context, Tensor hidden, Batch batch) {
    Prediction.Classes[] rows = Classifier.distributions(forward(context, hidden));
    List<Prediction> out = new ArrayList<>();
    for (int i = 0; i < batch.size(); i++) {
      int from = batch.layout().offset(i);
      out.add(new Prediction.Tags(Arrays.copyOfRange(rows, from, from + batch.layout().length(i))));
    }
    return out;
  }

  @Override
  public List<Module> children() {
    return List.of(classifier);
  }
}
