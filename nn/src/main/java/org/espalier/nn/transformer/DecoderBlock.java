package org.espalier.nn.transformer;

import java.util.List;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.nn.Context;
import org.espalier.nn.Initializer;
import org.espalier.nn.Module;
import org.espalier.nn.Parameters;
import org.espalier.nn.layer.Dropout;
import org.espalier.nn.layer.LayerNorm;
import org.espalier.nn.layer.TransposedLinear;

/// A decoder block with the norm before each part, as in GPT-2: `h = x + attention(LN(x))`, `y = h
/// + W2 gelu(W1 LN(h))`, the GELU in its tanh form.
public final class DecoderBlock implements Module {
  private final LayerNorm attentionNorm;
  private final CausalSelfAttention attention;
  private final Dropout attentionDropout;
  private final LayerNorm innerNorm;
  private final TransposedLinear intermediate;
  private final TransposedLinear output;
  private final Dropout outputDropout;

  /// The sizes of a block.
  ///
  /// @param dim columns of each row
  /// @param heads attention heads; divides `dim`
  /// @param inner columns of the feed-forward part
  /// @param layers blocks in the model: what goes into the sum of all of them starts smaller by the
  ///   root of twice their number (Radford et al. 2019)
  /// @param layerNormEps added to variances
  /// @param residualDropout after each part
  /// @param attentionDropout on attention weights
  public record Size(
      int dim,
      int heads,
      int inner,
      int layers,
      double layerNormEps,
      double residualDropout,
      double attentionDropout) {}

  /// Makes the block at a place of the parameter tree, with the names of Hugging Face's
  /// `GPT2Block`.
  public DecoderBlock(Parameters parameters, Size size) {
    int dim = size.dim();
    Initializer intoTheSum = Initializer.normal(0.02 / Math.sqrt(2.0 * size.layers()));
    Parameters a = parameters.at("attn");
    Parameters m = parameters.at("mlp");
    attentionNorm = new LayerNorm(parameters.at("ln_1"), dim, size.layerNormEps());
    attention = new CausalSelfAttention(a, dim, size.heads(), size.attentionDropout(), intoTheSum);
    attentionDropout = new Dropout(a, size.residualDropout());
    innerNorm = new LayerNorm(parameters.at("ln_2"), dim, size.layerNormEps());
    intermediate = new TransposedLinear(m.at("c_fc"), dim, size.inner(), Initializer.normal(0.02));
    output = new TransposedLinear(m.at("c_proj"), size.inner(), dim, intoTheSum);
    outputDropout = new Dropout(m, size.residualDropout());
  }

  @Override
  public Tensor forward(Context context, Tensor x) {
    try (Scope scope = Scope.open()) {
      Tensor a = attention.forward(context, attentionNorm.forward(context, x));
      Tensor h = x.add(attentionDropout.forward(context, a));
      Tensor inner = intermediate.forward(context, innerNorm.forward(context, h)).geluTanh();
      Tensor b = outputDropout.forward(context, output.forward(context, inner));
      return scope.keep(h.add(b));
    }
  }

  @Override
  public List<Module> children() {
    return List.of(
        attentionNorm, attention, attentionDropout, innerNorm, intermediate, output, outputDropout);
  }
}
