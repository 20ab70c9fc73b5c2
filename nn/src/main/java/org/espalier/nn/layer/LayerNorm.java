package org.espalier.nn.layer;

import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.nn.Context;
import org.espalier.nn.Initializer;
import org.espalier.nn.Module;
import org.espalier.nn.Parameters;

/// Layer normalisation along the last axis with a learned scale and shift; see
/// [org.espalier.op.LayerNorm].
public final class LayerNorm implements Module {
  private final Tensor weight;
  private final Tensor bias;
  private final double eps;

  /// Makes the layer at a place of the parameter tree.
  public LayerNorm(Parameters parameters, int dim, double eps) {
    weight = parameters.make("weight", Shape.of(dim), Initializer.ones());
    bias = parameters.make("bias", Shape.of(dim), Initializer.zeros());
    this.eps = eps;
  }

  @Override
  public Tensor forward(Context context, Tensor x) {
    return org.espalier.op.LayerNorm.apply(x, weight, bias, eps);
  }
}
