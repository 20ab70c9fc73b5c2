package org.espalier.nn.layer;

import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.nn.Context;
import org.espalier.nn.Initializer;
import org.espalier.nn.Module;
import org.espalier.nn.Parameters;

/// Affine map `y = x Wᵀ + b`; `weight` is `[out, in]` and starts normal (deviation 0.02), `bias` is
/// `[out]` and starts at zero.
public final class Linear implements Module {
  private final Tensor weight;
  private final Tensor bias;
  private Projection projection = Projection.PLAIN;

  /// Makes the layer at a place of the parameter tree.
  public Linear(Parameters parameters, int in, int out) {
    this(parameters, in, out, Initializer.normal(0.02));
  }

  /// Makes the layer with a weight that starts otherwise.
  public Linear(Parameters parameters, int in, int out, Initializer initializer) {
    weight = parameters.make("weight", Shape.of(out, in), initializer);
    bias = parameters.make("bias", Shape.of(out), Initializer.zeros());
  }

  /// Replaces the way the weight is applied.
  public void attach(Projection other) {
    projection = other;
  }

  @Override
  public Tensor forward(Context context, Tensor x) {
    return projection.apply(context, x, weight, bias);
  }
}
