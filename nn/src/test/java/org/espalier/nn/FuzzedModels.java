package org.espalier.nn;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.espalier.Scope;
import org.espalier.nn.checkpoint.OnnxInitializers;
import org.espalier.nn.text.TokenizerFile;
import org.espalier.testkit.Fuzz;

/// The kinds of files that nn reads beside those of core, ready to be damaged.
final class FuzzedModels {
  private static final String TOKENIZER =
      """
      {"version":"1.0","truncation":null,"padding":null,"added_tokens":[
      {"id":0,"content":"[UNK]","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},
      {"id":1,"content":"[CLS]","single_word":false,"lstrip":true,"rstrip":false,"normalized":false,"special":true},
      {"id":2,"content":"[SEP]","single_word":false,"lstrip":false,"rstrip":true,"normalized":false,"special":true},
      {"id":7,"content":"word","single_word":true,"lstrip":true,"rstrip":true,"normalized":true,"special":false}],
      "normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true},
      "pre_tokenizer":{"type":"BertPreTokenizer"},
      "post_processor":POST,
      "decoder":{"type":"WordPiece","prefix":"##","cleanup":true},
      "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##",
      "max_input_chars_per_word":100,"vocab":{"[UNK]":0,"[CLS]":1,"[SEP]":2,"a":3,"b":4,"##b":5,"ab":6}}}
      """;

  private static final String BERT =
      """
      {"type":"BertProcessing","sep":["[SEP]",2],"cls":["[CLS]",1]}\
      """;

  private static final String TEMPLATE =
      """
      {"type":"TemplateProcessing",
      "single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],
      "pair":[{"Sequence":{"id":"A","type_id":0}},{"Sequence":{"id":"B","type_id":1}}],
      "special_tokens":{"[CLS]":{"id":"[CLS]","ids":[1],"tokens":["[CLS]"]}}}\
      """;

  private static final String TEXT = "Ab abb [SEP] wörd word 你好\tb\u0000 x";

  private FuzzedModels() {}

  static List<Fuzz.Format> all() {
    return List.of(tokenizer(), onnx());
  }

  private static Fuzz.Format tokenizer() {
    return new Fuzz.Format(
        "tokenizer.json",
        List.of(
            TOKENIZER.replace("POST", BERT).getBytes(StandardCharsets.UTF_8),
            TOKENIZER.replace("POST", TEMPLATE).getBytes(StandardCharsets.UTF_8)),
        false,
        FuzzedModels::tokenize,
        Fuzz.Repair.NONE);
  }

  /// A file that is accepted has to work, too.
  private static void tokenize(byte[] bytes) {
    var tokenizer = TokenizerFile.read("fuzz", new ByteArrayInputStream(bytes));
    var encoded = tokenizer.encode(TEXT, 1000);
    tokenizer.encodePair(TEXT, "b", 1000);
    tokenizer.encodeWords(List.of("ab", "", "[CLS]"), 1000);
    tokenizer.decode(encoded.ids(), true);
  }

  private static Fuzz.Format onnx() {
    byte[] floats =
        ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN).putFloat(1).putFloat(2).array();
    var graph = new ByteArrayOutputStream();
    field(graph, 1, node());
    field(graph, 5, tensor("onnx::MatMul_7", 1, floats, 2, 3));
    field(graph, 5, tensor("half", 10, new byte[] {0, 60, 0, 62}, 2));
    field(graph, 5, tensor("brain", 16, new byte[] {0, 60, 0, 62}, 1, 2));
    var model = new ByteArrayOutputStream();
    model.writeBytes(new byte[] {8, 8});
    field(model, 7, graph.toByteArray());
    return new Fuzz.Format(
        "ONNX",
        List.of(model.toByteArray()),
        false,
        bytes -> {
          var weights = OnnxInitializers.of("fuzz", MemorySegment.ofArray(bytes));
          try (Scope _ = Scope.open()) {
            for (String name : weights.names()) {
              weights.get(name);
              weights.floats(name);
            }
          }
        },
        Fuzz.Repair.NONE);
  }

  private static byte[] node() {
    var node = new ByteArrayOutputStream();
    field(node, 1, text("x"));
    field(node, 1, text("onnx::MatMul_7"));
    field(node, 3, text("/encoder/dense/MatMul"));
    field(node, 4, text("MatMul"));
    return node.toByteArray();
  }

  private static byte[] tensor(String name, int type, byte[] data, int... sizes) {
    var tensor = new ByteArrayOutputStream();
    for (int size : sizes) {
      tensor.writeBytes(new byte[] {8, (byte) size});
    }
    tensor.writeBytes(new byte[] {16, (byte) type});
    field(tensor, 8, text(name));
    field(tensor, 9, data);
    return tensor.toByteArray();
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// A field of fewer than 16384 bytes.
  private static void field(ByteArrayOutputStream message, int number, byte[] content) {
    message.write(number << 3 | 2);
    if (content.length > 127) {
      message.write((content.length & 127) | 128);
      message.write(content.length >> 7);
    } else {
      message.write(content.length);
    }
    message.writeBytes(content);
  }
}
