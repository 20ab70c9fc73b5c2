package org.espalier.nn.head;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.espalier.Tensor;
import org.espalier.nn.Context;
import org.espalier.nn.Parameters;
import org.espalier.nn.data.Batch;
import org.espalier.nn.data.Example;
import org.espalier.nn.data.Target;
import org.espalier.random.RandomStream;
import org.junit.jupiter.api.Test;

final class HeadTest {
  private static final int DIM = 8;
  private static final int NONE = Target.TokenTags.NONE;

  private static Tensor hidden(int rows) {
    RandomStream random = new RandomStream(1, 1);
    float[] v = new float[rows * DIM];
    for (int i = 0; i < v.length; i++) {
      v[i] = (float) random.nextNormal();
    }
    return Tensor.of(v, rows, DIM);
  }

  private static Batch batch(Target... targets) {
    int[][] ids = {{1, 2, 3}, {4, 5}};
    return Batch.of(List.of(new Example(ids[0], targets[0]), new Example(ids[1], targets[1])));
  }

  @Test
  void aBatchIsPackedWithoutPadding() {
    Batch b = batch(new Target.SequenceClass(0), new Target.SequenceClass(1));
    assertEquals(5, b.tokens());
    assertEquals(2, b.size());
    assertArrayEquals(new int[] {1, 2, 3, 4, 5}, b.ids().toIntArray());
  }

  @Test
  void theLossOfAClassifierIsTheMeanOfMinusTheLogarithmOfItsProbabilities() {
    var head = new SequenceClassifier(Parameters.random(2), DIM, 4, 0.1);
    Batch b = batch(new Target.SequenceClass(3), new Target.SequenceClass(1));
    Context context = Context.inference(b.layout());
    List<Prediction> p = head.predict(context, hidden(5), b);
    double expected = 0;
    for (int i = 0; i < 2; i++) {
      var classes = assertInstanceOf(Prediction.Classes.class, p.get(i));
      double sum = 0;
      for (int c = 0; c < classes.size(); c++) {
        sum += classes.probability(c);
      }
      assertEquals(1, sum, 1e-6);
      expected -= Math.log(classes.probability(i == 0 ? 3 : 1)) / 2;
    }
    assertEquals(expected, head.loss(context, hidden(5), b).item(), 1e-5);
  }

  @Test
  void theLossOfARegressorIsTheMeanSquaredError() {
    var head = new SequenceRegressor(Parameters.random(2), DIM, 0.1);
    Batch b = batch(new Target.SequenceValue(1), new Target.SequenceValue(-2));
    Context context = Context.inference(b.layout());
    List<Prediction> p = head.predict(context, hidden(5), b);
    double x = assertInstanceOf(Prediction.Value.class, p.get(0)).value() - 1;
    double y = assertInstanceOf(Prediction.Value.class, p.get(1)).value() + 2;
    assertEquals((x * x + y * y) / 2, head.loss(context, hidden(5), b).item(), 1e-5);
  }

  @Test
  void aTaggerCountsOnlyTokensThatHaveATag() {
    var head = new TokenTagger(Parameters.random(2), DIM, 3, 0.1);
    Batch b = batch(new Target.TokenTags(NONE, 2, NONE), new Target.TokenTags(0, NONE));
    Context context = Context.inference(b.layout());
    List<Prediction> p = head.predict(context, hidden(5), b);
    var first = assertInstanceOf(Prediction.Tags.class, p.get(0));
    var second = assertInstanceOf(Prediction.Tags.class, p.get(1));
    assertEquals(3, first.size());
    double expected =
        -(Math.log(first.token(1).probability(2)) + Math.log(second.token(0).probability(0))) / 2;
    assertEquals(expected, head.loss(context, hidden(5), b).item(), 1e-5);
  }

  @Test
  void aBatchWithoutAnyTagCostsNothing() {
    var head = new TokenTagger(Parameters.random(2), DIM, 3, 0.1);
    Batch b = batch(new Target.TokenTags(NONE, NONE, NONE), new Target.TokenTags(NONE, NONE));
    assertEquals(0, head.loss(Context.inference(b.layout()), hidden(5), b).item());
  }

  @Test
  void aTokenClassifierLooksAtItsTokenAlone() {
    var head = new TokenClassifier(Parameters.random(2), DIM, 3, 0.1);
    Batch b = batch(new Target.TokenClass(2, 1), new Target.TokenClass(0, 0));
    Context context = Context.inference(b.layout());
    Tensor rows = hidden(5).requireGrad();
    head.loss(context, rows, b).backward();
    Tensor g = rows.grad();
    assertNotNull(g);
    float[] gradient = g.toFloatArray();
    for (int r = 0; r < 5; r++) {
      double sum = 0;
      for (int j = 0; j < DIM; j++) {
        sum += Math.abs(gradient[r * DIM + j]);
      }
      assertEquals(r == 2 || r == 3, sum > 0, "row " + r);
    }
  }

  @Test
  void saysWhichTargetDoesNotFit() {
    var head = new SequenceClassifier(Parameters.random(2), DIM, 4, 0.1);
    Batch wrong = batch(new Target.SequenceValue(1), new Target.SequenceValue(1));
    Context context = Context.inference(wrong.layout());
    var e =
        assertThrows(IllegalArgumentException.class, () -> head.loss(context, hidden(5), wrong));
    assertTrue(String.valueOf(e.getMessage()).contains("SequenceClass"), e.getMessage());
    var token = new TokenClassifier(Parameters.random(2), DIM, 3, 0.1);
    Batch outside = batch(new Target.TokenClass(3, 1), new Target.TokenClass(0, 0));
    assertThrows(IllegalArgumentException.class, () -> token.loss(context, hidden(5), outside));
    var tagger = new TokenTagger(Parameters.random(2), DIM, 3, 0.1);
    Batch few = batch(new Target.TokenTags(0, 1), new Target.TokenTags(0, 1));
    assertThrows(IllegalArgumentException.class, () -> tagger.loss(context, hidden(5), few));
  }
}
