package org.espalier.nn.checkpoint;

import org.espalier.Shape;
import org.espalier.io.FormatException;
import org.espalier.nn.model.BertConfig;

/// The sizes of a BERT encoder as its weights show them, for checkpoints that come without a
/// `config.json`.
public final class BertSizes {
  /// Columns of an attention head in all-MiniLM-L6-v2: 12 heads for 384 columns.
  public static final int MINILM_HEAD_SIZE = 32;

  private static final double LAYER_NORM_EPS = 1e-12;

  private BertSizes() {}

  /// Returns the sizes that the shapes of an ONNX file's weights have.
  ///
  /// Two things no shape shows. How many heads share the columns comes from `headSize` (BERT uses
  /// 64, MiniLM [#MINILM_HEAD_SIZE]). The number added to variances is taken to be 1e-12, as in
  /// every published BERT. Dropout is off.
  ///
  /// @param headSize columns of a head
  /// @throws IllegalArgumentException when `headSize` is not positive, or does not divide the
  ///   columns that the weights have
  /// @throws FormatException when a weight of a BERT encoder is missing or has another rank
  public static BertConfig of(OnnxInitializers weights, int headSize) {
    Shape words = matrix(weights, "embeddings.word_embeddings.weight");
    int layers = 0;
    while (weights.names().contains(intermediate(layers))) {
      layers++;
    }
    int hidden = words.size(1);
    if (headSize < 1 || hidden % headSize != 0) {
      throw new IllegalArgumentException(
          "heads of "
              + headSize
              + " columns do not share the "
              + hidden
              + " columns of these weights; BERT has 64, MiniLM "
              + MINILM_HEAD_SIZE);
    }
    try {
      return new BertConfig(
          words.size(0),
          hidden,
          layers,
          hidden / headSize,
          matrix(weights, intermediate(0)).size(0),
          matrix(weights, "embeddings.position_embeddings.weight").size(0),
          matrix(weights, "embeddings.token_type_embeddings.weight").size(0),
          LAYER_NORM_EPS,
          0,
          0);
    } catch (IllegalArgumentException e) {
      throw new FormatException("the weights", "no BERT encoder: " + e.getMessage(), e);
    }
  }

  private static String intermediate(int layer) {
    return "encoder.layer." + layer + ".intermediate.dense.weight";
  }

  private static Shape matrix(OnnxInitializers weights, String name) {
    if (!weights.names().contains(name)) {
      throw new FormatException("the weights", "no BERT encoder: there is no " + name);
    }
    Shape shape = weights.shape(name);
    if (shape.rank() != 2) {
      throw new FormatException("the weights", name + " is " + shape + ", expected a matrix");
    }
    return shape;
  }
}
