package org.espalier.nn.model;

import java.util.ArrayList;
import java.util.List;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.nn.Context;
import org.espalier.nn.Ragged;
import org.espalier.nn.text.Tokenizer;
import org.espalier.op.SegmentMean;

/// Turns sentences into vectors of length 1 (Reimers, Gurevych 2019): the mean over a sentence's
/// tokens of BERT's last hidden state, divided by its Euclidean norm. A mean of zeros, which has no
/// direction, stays zeros.
///
/// ```java
/// var encoder = new SentenceEncoder(bert, tokenizer);
/// Tensor vectors = encoder.encode(List.of("That is a happy person", "That is a happy dog"));
/// Tensor cosines = vectors.matmul(vectors.transpose());
/// ```
public final class SentenceEncoder {
  private static final int AT_ONCE = 32;

  /// A shorter mean is divided by this, as in PyTorch's `normalize`: zeros stay zeros.
  private static final double LEAST_NORM = 1e-12;

  private final Bert bert;
  private final Tokenizer tokenizer;

  /// Makes an encoder of sentences.
  public SentenceEncoder(Bert bert, Tokenizer tokenizer) {
    this.bert = bert;
    this.tokenizer = tokenizer;
  }

  /// Returns a row for each sentence, `[sentences, hidden]`; what exceeds the model's positions is
  /// left out.
  public Tensor encode(List<String> sentences) {
    int hidden = bert.config().hiddenSize();
    float[] all = new float[Math.multiplyExact(sentences.size(), hidden)];
    for (int i = 0; i < sentences.size(); i += AT_ONCE) {
      List<String> some = sentences.subList(i, Math.min(sentences.size(), i + AT_ONCE));
      float[] rows = Autograd.noGrad(() -> rows(some));
      System.arraycopy(rows, 0, all, i * hidden, rows.length);
    }
    return Tensor.of(all, sentences.size(), hidden);
  }

  private float[] rows(List<String> sentences) {
    List<int[]> encoded = new ArrayList<>();
    for (String s : sentences) {
      encoded.add(tokenizer.encode(s, bert.config().maxPositions()).ids());
    }
    Ragged layout = Ragged.of(encoded.stream().mapToInt(ids -> ids.length).toArray());
    int[] ids = new int[layout.rows()];
    for (int s = 0; s < encoded.size(); s++) {
      System.arraycopy(encoded.get(s), 0, ids, layout.offset(s), layout.length(s));
    }
    try (Scope _ = Scope.open()) {
      Tensor rows = bert.forward(Context.inference(layout), Tensor.of(ids));
      Tensor mean = SegmentMean.apply(rows, layout.offsets());
      Tensor norm = mean.square().sum(1).sqrt().clamp(LEAST_NORM, Double.POSITIVE_INFINITY);
      return mean.div(norm.reshape(sentences.size(), 1)).toFloatArray();
    }
  }
}
