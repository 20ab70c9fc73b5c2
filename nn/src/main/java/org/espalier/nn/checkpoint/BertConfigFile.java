package org.espalier.nn.checkpoint;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.espalier.io.FormatException;
import org.espalier.io.json.Json;
import org.espalier.io.json.JsonObject;
import org.espalier.nn.model.BertConfig;

/// The `config.json` of a BERT encoder, with the keys that Hugging Face's `BertConfig` writes.
final class BertConfigFile {
  private BertConfigFile() {}

  /// Reads the sizes.
  ///
  /// @throws FormatException when a size is missing or makes no sense, or when the file asks for
  ///   something that [org.espalier.nn.model.Bert] does not do
  static BertConfig read(JsonObject json) {
    require(json, "model_type", json.string("model_type"), "bert");
    require(json, "hidden_act", json.string("hidden_act", "gelu"), "gelu");
    require(
        json,
        "position_embedding_type",
        json.string("position_embedding_type", "absolute"),
        "absolute");
    try {
      return new BertConfig(
          json.integer("vocab_size"),
          json.integer("hidden_size"),
          json.integer("num_hidden_layers"),
          json.integer("num_attention_heads"),
          json.integer("intermediate_size"),
          json.integer("max_position_embeddings"),
          json.integer("type_vocab_size"),
          positive(json, "layer_norm_eps", 1e-12),
          rate(json, "hidden_dropout_prob"),
          rate(json, "attention_probs_dropout_prob"));
    } catch (IllegalArgumentException e) {
      throw new FormatException(json.source(), String.valueOf(e.getMessage()), e);
    }
  }

  private static void require(JsonObject json, String key, String found, String supported) {
    if (!found.equals(supported)) {
      throw json.fault(
          "the %s \"%s\" is not supported; supported is %s".formatted(key, found, supported));
    }
  }

  private static double positive(JsonObject json, String key, double otherwise) {
    double value = json.real(key, otherwise);
    if (!(value > 0 && value < 1)) {
      throw json.fault("%s is %s, expected a small positive number".formatted(key, value));
    }
    return value;
  }

  private static double rate(JsonObject json, String key) {
    double value = json.real(key, 0.1);
    if (!(value >= 0 && value < 1)) {
      throw json.fault("%s is %s, expected a rate in [0, 1)".formatted(key, value));
    }
    return value;
  }

  /// Returns the file's text.
  static String write(BertConfig config) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("architectures", List.of("BertModel"));
    json.put("model_type", "bert");
    json.put("vocab_size", config.vocabSize());
    json.put("hidden_size", config.hiddenSize());
    json.put("num_hidden_layers", config.layers());
    json.put("num_attention_heads", config.heads());
    json.put("intermediate_size", config.intermediateSize());
    json.put("max_position_embeddings", config.maxPositions());
    json.put("type_vocab_size", config.segments());
    json.put("layer_norm_eps", config.layerNormEps());
    json.put("hidden_act", "gelu");
    json.put("hidden_dropout_prob", config.hiddenDropout());
    json.put("attention_probs_dropout_prob", config.attentionDropout());
    json.put("position_embedding_type", "absolute");
    return Json.writeIndented(json) + "\n";
  }
}
