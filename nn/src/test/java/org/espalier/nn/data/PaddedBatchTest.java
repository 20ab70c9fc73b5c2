package org.espalier.nn.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Gradient;
import org.espalier.nn.Context;
import org.espalier.nn.Parameters;
import org.espalier.nn.head.Head;
import org.espalier.nn.head.SequenceClassifier;
import org.espalier.nn.head.SequenceRegressor;
import org.espalier.nn.head.TokenClassifier;
import org.espalier.nn.head.TokenTagger;
import org.espalier.nn.model.Bert;
import org.espalier.nn.model.BertConfig;
import org.junit.jupiter.api.Test;

/// Batches with rows of no example at their end.
final class PaddedBatchTest {
  private static final BertConfig TINY = new BertConfig(20, 8, 1, 2, 12, 16, 2, 1e-12, 0, 0);

  private static Batch batch(Target first, Target second) {
    return Batch.of(
        List.of(new Example(new int[] {7, 3, 7}, first), new Example(new int[] {4, 5}, second)));
  }

  @Test
  void bucketsAreFewAndAddLessThanAnEighthFrom64TokensOn() {
    TreeSet<Integer> buckets = new TreeSet<>();
    for (int tokens = 1; tokens <= 4096; tokens++) {
      int bucket = Batch.bucket(tokens);
      assertTrue(bucket >= tokens);
      assertEquals(bucket, Batch.bucket(bucket));
      assertTrue(tokens < 64 || bucket - tokens < tokens / 8.0, tokens + " to " + bucket);
      assertTrue(bucket - tokens < Math.max(8, tokens / 8.0));
      buckets.add(bucket);
    }
    assertEquals(8 + 6 * 8, buckets.size());
    assertEquals(0, Batch.bucket(0));
  }

  @Test
  void paddingRepeatsATokenThatIsThere() {
    Batch b = batch(new Target.SequenceClass(0), new Target.SequenceClass(1));
    Batch padded = b.padded(8);
    assertArrayEquals(new int[] {7, 3, 7, 4, 5, 7, 7, 7}, padded.ids().toIntArray());
    assertEquals(5, padded.tokens());
    assertEquals(2, padded.size());
    assertEquals(8, padded.layout().rows());
    assertSame(b, b.padded(5));
    assertThrows(TensorException.class, () -> b.padded(4));
    assertThrows(TensorException.class, () -> Batch.of(List.of()).padded(8));
  }

  @Test
  void lossAndGradientsAreThoseWithoutPadding() {
    int none = Target.TokenTags.NONE;
    List<Batch> batches =
        List.of(
            batch(new Target.SequenceClass(2), new Target.SequenceClass(0)),
            batch(new Target.SequenceValue(0.5), new Target.SequenceValue(-1)),
            batch(new Target.TokenTags(1, none, 2), new Target.TokenTags(none, 0)),
            batch(new Target.TokenClass(1, 1), new Target.TokenClass(0, 2)));
    for (int kind = 0; kind < 4; kind++) {
      Gradients plain = Gradients.of(kind, batches.get(kind));
      Gradients padded = Gradients.of(kind, batches.get(kind).padded(8));
      assertEquals(plain.loss, padded.loss, 1e-6);
      assertEquals(plain.rows, padded.rows, "no other row of the table moves");
      for (int i = 0; i < plain.all.size(); i++) {
        assertArrayEquals(plain.all.get(i), padded.all.get(i), 1e-6f, "parameter " + i);
      }
    }
  }

  private record Gradients(double loss, List<float[]> all, List<Integer> rows) {
    static Gradients of(int kind, Batch batch) {
      Parameters root = Parameters.random(4);
      Bert bert = new Bert(root.at("bert"), TINY);
      Parameters at = root.at("head");
      Head head =
          switch (kind) {
            case 0 -> new SequenceClassifier(at, 8, 3, 0);
            case 1 -> new SequenceRegressor(at, 8, 0);
            case 2 -> new TokenTagger(at, 8, 3, 0);
            default -> new TokenClassifier(at, 8, 3, 0);
          };
      Context context = Context.training(batch.layout(), 1);
      Tensor loss = head.loss(context, bert.forward(context, batch.ids()), batch);
      loss.backward();
      List<float[]> all =
          root.all().values().stream()
              .map(t -> Objects.requireNonNull(t.grad()).toFloatArray())
              .toList();
      Tensor words =
          Objects.requireNonNull(root.all().get("bert.embeddings.word_embeddings.weight"));
      var rows = (Gradient.RowSparse) Objects.requireNonNull(words.gradient());
      List<Integer> distinct =
          IntStream.of(rows.rows().toIntArray()).distinct().sorted().boxed().toList();
      return new Gradients(loss.item(), all, distinct);
    }
  }
}
