package org.espalier.nn.transformer;

import java.util.List;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.nn.Context;
import org.espalier.nn.Module;
import org.espalier.nn.Parameters;
import org.espalier.nn.layer.Dropout;
import org.espalier.nn.layer.LayerNorm;
import org.espalier.nn.layer.Linear;

/// An encoder block with the norm after each sum, as in BERT: `h = LN(x + attention(x))`, `y = LN(h
/// + W2 gelu(W1 h))`.
public final class EncoderBlock implements Module {
  private final SelfAttention attention;
  private final Dropout attentionDropout;
  private final LayerNorm attentionNorm;
  private final Linear intermediate;
  private final Linear output;
  private final Dropout outputDropout;
  private final LayerNorm outputNorm;

  /// The sizes of a block.
  ///
  /// @param dim columns of each row
  /// @param heads attention heads; divides `dim`
  /// @param inner columns of the feed-forward part
  /// @param layerNormEps added to variances
  /// @param hiddenDropout after each sublayer
  /// @param attentionDropout on attention weights
  public record Size(
      int dim,
      int heads,
      int inner,
      double layerNormEps,
      double hiddenDropout,
      double attentionDropout) {}

  /// Makes the block at a place of the parameter tree, with the names of Hugging Face's
  /// `BertLayer`.
  public EncoderBlock(Parameters parameters, Size size) {
    int dim = size.dim();
    Parameters a = parameters.at("attention");
    attention = new SelfAttention(a, dim, size.heads(), size.attentionDropout());
    attentionDropout = new Dropout(a.at("output"), size.hiddenDropout());
    attentionNorm = new LayerNorm(a.at("output.LayerNorm"), dim, size.layerNormEps());
    intermediate = new Linear(parameters.at("intermediate.dense"), dim, size.inner());
    output = new Linear(parameters.at("output.dense"), size.inner(), dim);
    outputDropout = new Dropout(parameters.at("output"), size.hiddenDropout());
    outputNorm = new LayerNorm(parameters.at("output.LayerNorm"), dim, size.layerNormEps());
  }

  @Override
  public Tensor forward(Context context, Tensor x) {
    try (Scope scope = Scope.open()) {
      Tensor a = attentionDropout.forward(context, attention.forward(context, x));
      Tensor h = attentionNorm.forward(context, x.add(a));
      Tensor inner = intermediate.forward(context, h).gelu();
      Tensor b = outputDropout.forward(context, output.forward(context, inner));
      return scope.keep(outputNorm.forward(context, h.add(b)));
    }
  }

  @Override
  public List<Module> children() {
    return List.of(
        attention,
        attentionDropout,
        attentionNorm,
        intermediate,
        output,
        outputDropout,
        outputNorm);
  }
}
