package org.espalier.nn.layer;

import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.nn.Context;
import org.espalier.nn.Initializer;
import org.espalier.nn.Module;
import org.espalier.nn.Parameters;

/// Affine map `y = x W + b` whose `weight` is `[in, out]`, as GPT-2's checkpoints store it (there:
/// `Conv1D`); [Linear] has the other order.
public final class TransposedLinear implements Module {
  /// Turns the weight back first, so that its gradient arises in the order it is stored in.
  private static final Projection PLAIN =
      (context, x, weight, bias) -> {
        Tensor y = x.matmul(weight.transpose());
        return bias == null ? y : y.add(bias);
      };

  private final Tensor weight;
  private final Tensor bias;
  private Projection projection = PLAIN;

  /// Makes the layer at a place of the parameter tree; `bias` is `[out]` and starts at zero.
  public TransposedLinear(Parameters parameters, int in, int out, Initializer initializer) {
    weight = parameters.make("weight", Shape.of(in, out), initializer);
    bias = parameters.make("bias", Shape.of(out), Initializer.zeros());
  }

  /// Replaces the way the weight is applied; a projection sees it as `[out, in]`, like every other.
  public void attach(Projection other) {
    projection = other;
  }

  @Override
  public Tensor forward(Context context, Tensor x) {
    return projection.apply(context, x, weight.transpose(), bias);
  }
}
