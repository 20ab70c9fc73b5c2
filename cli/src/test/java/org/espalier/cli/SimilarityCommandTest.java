package org.espalier.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.espalier.nn.Parameters;
import org.espalier.nn.model.Bert;
import org.espalier.nn.model.BertConfig;
import org.espalier.nn.model.SentenceEncoder;
import org.junit.jupiter.api.Test;

/// The real encoder against what another framework says of it.
final class SimilarityCommandTest {
  @Test
  void agreesWithTheKnownAnswers() {
    Pretrained start = Pretrained.miniLm();
    assertEquals(new BertConfig(30522, 384, 6, 12, 1536, 512, 2, 1e-12, 0, 0), start.config());
    String person = "That is a happy person";
    assertArrayEquals(
        new int[] {101, 2008, 2003, 1037, 3407, 2711, 102}, start.tokenizer().encode(person).ids());
    double[][] cosines =
        SimilarityCommand.cosines(
            start,
            List.of(
                person,
                "That is a happy dog",
                "That is a very happy person",
                "Today is a sunny day"));
    double[] expected = {1, 0.6946, 0.9429, 0.2569};
    assertArrayEquals(expected, cosines[0], 1e-3);
    for (int i = 0; i < 4; i++) {
      assertEquals(1, cosines[i][i], 1e-5);
      assertEquals(cosines[0][i], cosines[i][0], 1e-6);
    }
    Bert bert = new Bert(Parameters.loaded(start.weights()), start.config());
    float[] vector =
        new SentenceEncoder(bert, start.tokenizer()).encode(List.of(person)).toFloatArray();
    double[] first = {-0.03387691, 0.09194158, 0.04870134, -0.03488357, -0.06482921};
    for (int i = 0; i < first.length; i++) {
      assertEquals(first[i], vector[i], 1e-5);
    }
    var console = new Console();
    assertEquals(0, console.run("similarity", "--json", person, "That is a happy dog"));
    assertTrue(console.out.toString().contains("0.694"), console.out.toString());
  }
}
