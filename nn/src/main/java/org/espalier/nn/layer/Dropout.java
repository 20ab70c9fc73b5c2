package org.espalier.nn.layer;

import org.espalier.Tensor;
import org.espalier.nn.Context;
import org.espalier.nn.Module;
import org.espalier.nn.Parameters;

/// Dropout in training, nothing in inference; see [org.espalier.op.Dropout]. The bits depend on the
/// step's seed and the layer's path.
public final class Dropout implements Module {
  private final double p;
  private final int stream;

  /// Makes the layer at a place of the parameter tree; it has no parameters, but its own random
  /// stream.
  public Dropout(Parameters parameters, double p) {
    this.p = p;
    this.stream = parameters.stream("dropout");
  }

  @Override
  public Tensor forward(Context context, Tensor x) {
    return context.training() ? org.espalier.op.Dropout.apply(x, p, context.seed(), stream) : x;
  }
}
