package org.espalier.nn.text;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.espalier.io.FormatException;
import org.espalier.io.json.Json;
import org.espalier.io.json.JsonArray;
import org.espalier.io.json.JsonObject;
import org.espalier.io.json.JsonValue;
import org.jspecify.annotations.Nullable;

/// Reads the `tokenizer.json` of a Hugging Face model.
///
/// Supported: the model `WordPiece`, the normalizer `BertNormalizer`, the pre-tokenizer
/// `BertPreTokenizer`, the post-processors `TemplateProcessing` and `BertProcessing`, the decoder
/// `WordPiece`, and added tokens with all their switches. Truncation and padding that the file asks
/// for are ignored: the caller gives a limit, and nothing is padded.
public final class TokenizerFile {
  private static final int LONGEST_WORD = 100;

  private final JsonObject json;
  private final Vocabulary vocabulary;

  private TokenizerFile(JsonObject json) {
    this.json = json;
    this.vocabulary = new Vocabulary(json.source());
  }

  /// Reads a file.
  ///
  /// @throws FormatException when it is no tokenizer, or one of an unsupported kind
  /// @throws UncheckedIOException when it cannot be read
  public static Tokenizer read(Path file) {
    try (var stream = Files.newInputStream(file)) {
      return read(file.toString(), stream);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + ": " + e, e);
    }
  }

  /// Reads a stream to its end and leaves it open; `source` names it in errors.
  ///
  /// @throws FormatException when it is no tokenizer, or one of an unsupported kind
  public static Tokenizer read(String source, InputStream stream) {
    return new TokenizerFile(Json.parseObject(source, stream)).tokenizer();
  }

  private Tokenizer tokenizer() {
    var added = addedTokens();
    var model = model(json.object("model"));
    for (var token : added) vocabulary.addName(token.content(), token.id());
    return new Pipeline(
        vocabulary,
        added,
        normalizer(json.findObject("normalizer")),
        preTokenizer(json.findObject("pre_tokenizer")),
        model,
        template(json.findObject("post_processor")),
        decoder(json.findObject("decoder")));
  }

  private SubwordModel model(JsonObject model) {
    // Files from before 2021 leave the type out; only WordPiece has a prefix for continuations.
    var type =
        model.string("type", model.has("continuing_subword_prefix") ? "WordPiece" : "(no type)");
    if (!type.equals("WordPiece")) throw unsupported(model, "model", type, "WordPiece");
    var words = model.object("vocab");
    for (var word : words.keys()) vocabulary.add(word, id(words, word));
    return new WordPiece(
        vocabulary,
        model.string("unk_token", "[UNK]"),
        model.string("continuing_subword_prefix", "##"),
        model.integer("max_input_chars_per_word", LONGEST_WORD));
  }

  private static int id(JsonObject object, String key) {
    int id = object.integer(key);
    if (id >= 0 && id < Integer.MAX_VALUE) return id;
    throw object.fault("the id " + id + " of \"" + key + "\" is out of range");
  }

  private List<AddedToken> addedTokens() {
    var tokens = new ArrayList<AddedToken>();
    var list = json.findArray("added_tokens");
    for (int i = 0; list != null && i < list.size(); i++) {
      var token = list.object(i);
      boolean special = token.bool("special", false);
      tokens.add(
          new AddedToken(
              id(token, "id"),
              token.string("content"),
              token.bool("single_word", false),
              token.bool("lstrip", false),
              token.bool("rstrip", false),
              token.bool("normalized", !special),
              special));
    }
    return tokens;
  }

  private static Normalizer normalizer(@Nullable JsonObject normalizer) {
    if (normalizer == null) return Normalizer.None.NONE;
    var type = normalizer.string("type");
    if (!type.equals("BertNormalizer")) {
      throw unsupported(normalizer, "normalizer", type, "BertNormalizer");
    }
    boolean lowercase = normalizer.bool("lowercase", true);
    return new BertNormalizer(
        normalizer.bool("clean_text", true),
        normalizer.bool("handle_chinese_chars", true),
        normalizer.bool("strip_accents", lowercase),
        lowercase);
  }

  private static PreTokenizer preTokenizer(@Nullable JsonObject preTokenizer) {
    if (preTokenizer == null) return PreTokenizer.None.NONE;
    var type = preTokenizer.string("type");
    if (type.equals("BertPreTokenizer")) return BertPreTokenizer.INSTANCE;
    throw unsupported(preTokenizer, "pre_tokenizer", type, "BertPreTokenizer");
  }

  private static Template template(@Nullable JsonObject processor) {
    if (processor == null) return Template.PLAIN;
    var type = processor.string("type");
    return switch (type) {
      case "TemplateProcessing" -> {
        var specials = processor.object("special_tokens");
        yield new Template(
            steps(processor.array("single"), specials, 1),
            steps(processor.array("pair"), specials, 2));
      }
      case "BertProcessing" -> {
        var start = new Template.Step.Special(special(processor, "cls"), 0);
        int end = special(processor, "sep");
        var first = new Template.Step.Text(0, 0);
        var firstEnd = new Template.Step.Special(end, 0);
        yield new Template(
            List.of(start, first, firstEnd),
            List.of(
                start,
                first,
                firstEnd,
                new Template.Step.Text(1, 1),
                new Template.Step.Special(end, 1)));
      }
      default ->
          throw unsupported(
              processor, "post_processor", type, "TemplateProcessing or BertProcessing");
    };
  }

  /// The id in `["[SEP]", 102]`.
  private static int special(JsonObject processor, String key) {
    var pair = processor.array(key);
    if (pair.size() == 2 && pair.values().get(1) instanceof JsonValue.Whole(var id)) {
      if (id >= 0 && id < Integer.MAX_VALUE) return (int) id;
    }
    throw processor.fault("expected [token, id] at \"" + key + "\", found " + pair);
  }

  private static List<Template.Step> steps(JsonArray list, JsonObject specials, int texts) {
    var steps = new ArrayList<Template.Step>();
    var seen = new boolean[texts];
    for (int i = 0; i < list.size(); i++) {
      var step = list.object(i);
      var sequence = step.findObject("Sequence");
      if (sequence != null) {
        int index = "AB".indexOf(sequence.string("id"));
        if (index < 0 || index >= texts || sequence.string("id").length() != 1 || seen[index]) {
          throw sequence.fault("the text \"" + sequence.string("id") + "\" has no place here");
        }
        seen[index] = true;
        steps.add(new Template.Step.Text(index, sequence.integer("type_id", 0)));
      } else {
        var special = step.object("SpecialToken");
        for (long id : specials.object(special.string("id")).array("ids").wholes()) {
          if (id < 0 || id >= Integer.MAX_VALUE) throw special.fault("the id " + id + " is no id");
          steps.add(new Template.Step.Special((int) id, special.integer("type_id", 0)));
        }
      }
    }
    return steps;
  }

  private static Decoder decoder(@Nullable JsonObject decoder) {
    if (decoder == null) return Decoder.Spaces.SPACES;
    var type = decoder.string("type");
    if (!type.equals("WordPiece")) throw unsupported(decoder, "decoder", type, "WordPiece");
    return new Decoder.Prefixed(decoder.string("prefix", "##"), decoder.bool("cleanup", true));
  }

  private static FormatException unsupported(
      JsonObject at, String part, String found, String supported) {
    return at.fault(
        "the %s \"%s\" is not supported; supported is %s".formatted(part, found, supported));
  }
}
