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
import org.espalier.op.SegmentMean;

/// Predicts a number for a whole sequence from the mean of its rows; trained on the squared error.
public final class SequenceRegressor implements Head {
  private final Classifier regressor;

  /// Makes the head at a place of the parameter tree.
  public SequenceRegressor(Parameters parameters, int dim, double dropout) {
    regressor = new Classifier(parameters, dim, 1, dropout);
  }

  /// Returns the values `[sequences, 1]`.
  @Override
  public Tensor forward(Context context, Tensor hidden) {
    return regressor.forward(context, SegmentMean.apply(hidden, context.layout().offsets()));
  }

  @Override
  public List<Tensor> targets(Batch batch) {
    float[] values = new float[batch.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Targets.of(batch, i, Target.SequenceValue.class).value();
    }
    return List.of(Tensor.of(values, values.length, 1));
  }

  @Override
  public Tensor loss(Context context, Tensor hidden, List<Tensor> targets) {
    return Losses.meanSquaredError(forward(context, hidden), targets.getFirst());
  }

  @Override
  public List<Prediction> predict(Context context, Tensor hidden, Batch batch) {
    List<Prediction> out = new ArrayList<>();
    for (float v : forward(context, hidden).toFloatArray()) {
      out.add(new Prediction.Value(v));
    }
    return out;
  }

  @Override
  public List<Module> children() {
    return List.of(regressor);
  }
}
