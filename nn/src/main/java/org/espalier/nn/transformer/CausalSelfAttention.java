package org.espalier.nn.transformer;

import java.util.List;
import org.espalier.Tensor;
import org.espalier.nn.Context;
import org.espalier.nn.Initializer;
import org.espalier.nn.Module;
import org.espalier.nn.Parameters;
import org.espalier.nn.layer.TransposedLinear;
import org.espalier.op.Attention;

/// Multi-head self-attention in which a row sees the rows of its sequence up to itself, with
/// GPT-2's parameter names: `c_attn` makes queries, keys and values in one product, `c_proj` is the
/// output.
public final class CausalSelfAttention implements Module {
  private final TransposedLinear queriesKeysValues;
  private final TransposedLinear output;
  private final int dim;
  private final int heads;
  private final double dropout;
  private final int stream;

  /// Makes the layer at a place of the parameter tree.
  ///
  /// @param heads divides `dim`
  /// @param dropout on attention weights
  /// @param ofOutput where the output's weight starts
  public CausalSelfAttention(
      Parameters parameters, int dim, int heads, double dropout, Initializer ofOutput) {
    queriesKeysValues =
        new TransposedLinear(parameters.at("c_attn"), dim, 3 * dim, Initializer.normal(0.02));
    output = new TransposedLinear(parameters.at("c_proj"), dim, dim, ofOutput);
    this.dim = dim;
    this.heads = heads;
    this.dropout = dropout;
    this.stream = parameters.stream("attn_dropout");
  }

  @Override
  public Tensor forward(Context context, Tensor x) {
    Tensor qkv = queriesKeysValues.forward(context, x);
    Tensor offsets = context.layout().offsets();
    double scale = 1 / Math.sqrt((double) dim / heads);
    double p = context.training() ? dropout : 0;
    Tensor mixed =
        new Attention(heads, heads, scale, true, p, context.seed(), stream)
            .apply(
                qkv.narrow(1, 0, dim),
                qkv.narrow(1, dim, dim),
                qkv.narrow(1, 2 * dim, dim),
                offsets,
                offsets);
    return output.forward(context, mixed);
  }

  @Override
  public List<Module> children() {
    return List.of(queriesKeysValues, output);
  }
}
