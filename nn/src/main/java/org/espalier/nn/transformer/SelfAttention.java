package org.espalier.nn.transformer;

import java.util.List;
import org.espalier.Tensor;
import org.espalier.nn.Context;
import org.espalier.nn.Module;
import org.espalier.nn.Parameters;
import org.espalier.nn.layer.Linear;
import org.espalier.op.Attention;

/// Multi-head self-attention over the rows of each sequence, with BERT's parameter names:
/// `self.query`, `self.key`, `self.value`, `output.dense`.
public final class SelfAttention implements Module {
  private final Linear query;
  private final Linear key;
  private final Linear value;
  private final Linear output;
  private final int heads;
  private final double scale;
  private final double dropout;
  private final int stream;

  /// Makes the layer at a place of the parameter tree; `heads` divides `dim`.
  public SelfAttention(Parameters parameters, int dim, int heads, double dropout) {
    Parameters self = parameters.at("self");
    query = new Linear(self.at("query"), dim, dim);
    key = new Linear(self.at("key"), dim, dim);
    value = new Linear(self.at("value"), dim, dim);
    output = new Linear(parameters.at("output.dense"), dim, dim);
    this.heads = heads;
    this.scale = 1 / Math.sqrt((double) dim / heads);
    this.dropout = dropout;
    this.stream = self.stream("dropout");
  }

  @Override
  public Tensor forward(Context context, Tensor x) {
    Tensor offsets = context.layout().offsets();
    double p = context.training() ? dropout : 0;
    Tensor mixed =
        new Attention(heads, heads, scale, false, p, context.seed(), stream)
            .apply(
                query.forward(context, x),
                key.forward(context, x),
                value.forward(context, x),
                offsets,
                offsets);
    return output.forward(context, mixed);
  }

  @Override
  public List<Module> children() {
    return List.of(query, key, value, output);
  }
}
