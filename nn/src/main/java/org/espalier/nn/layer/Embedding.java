package org.espalier.nn.layer;

import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.nn.Context;
import org.espalier.nn.Initializer;
import org.espalier.nn.Module;
import org.espalier.nn.Parameters;

/// A table of vectors `[size, dim]`, looked up by I32 ids; its gradient is row-sparse.
public final class Embedding implements Module {
  private final Tensor weight;

  /// Makes the layer at a place of the parameter tree.
  public Embedding(Parameters parameters, int size, int dim) {
    weight = parameters.make("weight", Shape.of(size, dim), Initializer.normal(0.02));
  }

  /// Returns `[n, dim]` for ids I32 `[n]`.
  @Override
  public Tensor forward(Context context, Tensor ids) {
    return org.espalier.op.Embedding.apply(weight, ids);
  }
}
