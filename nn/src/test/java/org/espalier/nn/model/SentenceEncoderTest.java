package org.espalier.nn.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.io.json.Json;
import org.espalier.nn.Parameters;
import org.espalier.nn.text.Tokenizer;
import org.espalier.nn.text.TokenizerFile;
import org.junit.jupiter.api.Test;

final class SentenceEncoderTest {
  private static final BertConfig CONFIG = new BertConfig(4, 8, 1, 2, 12, 16, 2, 1e-12, 0, 0);

  private final Parameters root = Parameters.random(5);
  private final SentenceEncoder encoder = new SentenceEncoder(new Bert(root, CONFIG), tokenizer());

  private static Tokenizer tokenizer() {
    var vocabulary = Map.of("[UNK]", 0, "red", 1, "green", 2, "blue", 3);
    var json =
        Map.of(
            "model",
            Map.of(
                "type", "WordPiece",
                "unk_token", "[UNK]",
                "continuing_subword_prefix", "##",
                "max_input_chars_per_word", 100,
                "vocab", vocabulary),
            "pre_tokenizer",
            Map.of("type", "BertPreTokenizer"));
    return TokenizerFile.read(
        "tokenizer.json",
        new ByteArrayInputStream(Json.write(json).getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void vectorsHaveLengthOne() {
    Tensor vectors = encoder.encode(List.of("red green", "blue"));
    for (double square : vectors.square().sum(1).toDoubleArray()) assertEquals(1, square, 1e-6);
    assertEquals(0, encoder.encode(List.of()).elements());
  }

  @Test
  void aMeanWithoutADirectionStaysZeros() {
    for (String part : List.of("weight", "bias")) {
      Tensor last = root.get("encoder.layer.0.output.LayerNorm." + part);
      Autograd.noGrad(() -> last.copyInPlace(Tensor.zeros(8)));
    }
    assertArrayEquals(new float[8], encoder.encode(List.of("red")).toFloatArray());
  }

  @Test
  void aSentenceWithoutTokensIsZerosAndChangesNoOther() {
    float[] alone = encoder.encode(List.of("red")).toFloatArray();
    float[] beside = encoder.encode(List.of("", "red", " ")).toFloatArray();
    float[] expected = new float[24];
    System.arraycopy(alone, 0, expected, 8, 8);
    assertArrayEquals(expected, beside);
    assertArrayEquals(new float[8], encoder.encode(List.of("")).toFloatArray());
  }
}
