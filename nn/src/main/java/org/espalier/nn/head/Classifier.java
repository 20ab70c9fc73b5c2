package org.espalier.nn.head;

import java.util.List;
import org.espalier.Tensor;
import org.espalier.nn.Context;
import org.espalier.nn.Initializer;
import org.espalier.nn.Module;
import org.espalier.nn.Parameters;
import org.espalier.nn.layer.Dropout;
import org.espalier.nn.layer.Linear;

/// The two layers that every head of this package has: dropout, `dim -> dim / 2`, GELU, `dim / 2 ->
/// out`.
final class Classifier implements Module {
  private final Dropout dropout;
  private final Linear dense;
  private final Linear output;

  Classifier(Parameters parameters, int dim, int out, double p) {
    dropout = new Dropout(parameters, p);
    int inner = Math.max(1, dim / 2);
    // Not BERT's 0.02: a head learns from nothing in a few hundred steps, and small weights before
    // small weights make its first gradients tiny.
    dense = new Linear(parameters.at("dense"), dim, inner, Initializer.uniformOver(dim));
    output = new Linear(parameters.at("output"), inner, out, Initializer.uniformOver(inner));
  }

  @Override
  public Tensor forward(Context context, Tensor x) {
    return output.forward(context, dense.forward(context, dropout.forward(context, x)).gelu());
  }

  @Override
  public List<Module> children() {
    return List.of(dropout, dense, output);
  }

  /// Returns the softmax of logits `[rows, classes]`, a prediction for each row.
  static Prediction.Classes[] distributions(Tensor logits) {
    int classes = logits.size(1);
    float[] p = logits.softmax().toFloatArray();
    Prediction.Classes[] out = new Prediction.Classes[logits.size(0)];
    for (int i = 0; i < out.length; i++) {
      out[i] =
          new Prediction.Classes(java.util.Arrays.copyOfRange(p, i * classes, (i + 1) * classes));
    }
    return out;
  }
}
