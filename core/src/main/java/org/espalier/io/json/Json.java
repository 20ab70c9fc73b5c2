package org.espalier.io.json;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.espalier.io.FormatException;
import org.jspecify.annotations.Nullable;

/// Reads and writes JSON as RFC 8259 defines it, and nothing looser.
///
/// A text that is too deep, too large, not UTF-8, or that names a key twice in one object is a
/// [FormatException] with its line and column.
///
/// ```java
/// JsonObject config = Json.readObject(Path.of("config.json"));
/// int layers = config.integer("num_hidden_layers");
/// String text = Json.write(Map.of("layers", layers, "names", List.of("a", "b")));
/// ```
public final class Json {
  /// How deep objects and lists may nest.
  public static final int MAX_DEPTH = 200;

  /// How many bytes a text may have.
  public static final int MAX_BYTES = 256 << 20;

  private Json() {}

  /// Parses a text; `source` names it in errors.
  public static JsonValue parse(String source, String text) {
    return new JsonReader(source, text).document();
  }

  /// Parses UTF-8 bytes; `source` names them in errors.
  public static JsonValue parse(String source, byte[] utf8) {
    if (utf8.length > MAX_BYTES) throw tooLarge(source);
    try {
      var decoder = StandardCharsets.UTF_8.newDecoder();
      return parse(source, decoder.decode(ByteBuffer.wrap(utf8)).toString());
    } catch (CharacterCodingException e) {
      throw new FormatException(source, "not JSON: the bytes are not UTF-8 text", e);
    }
  }

  /// Parses a UTF-8 stream to its end and leaves it open; `source` names it in errors.
  public static JsonValue parse(String source, InputStream stream) {
    try {
      return parse(source, stream.readNBytes(MAX_BYTES + 1));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + source + ": " + e.getMessage(), e);
    }
  }

  /// Parses a text that has to be an object.
  public static JsonObject parseObject(String source, String text) {
    return asObject(source, parse(source, text));
  }

  /// Parses a UTF-8 stream that has to be an object.
  public static JsonObject parseObject(String source, InputStream stream) {
    return asObject(source, parse(source, stream));
  }

  /// Reads a file that has to be an object.
  public static JsonObject readObject(Path file) {
    try (var stream = Files.newInputStream(file)) {
      return parseObject(file.toString(), stream);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + ": " + e, e);
    }
  }

  /// The text of a value on one line.
  ///
  /// Values are maps (keys become strings), iterables, arrays of numbers or strings, strings,
  /// numbers, booleans, enums, `null` and [JsonValue]s. Maps without an order of their own are
  /// sorted by key, so the text depends on the content alone; a `float` or `double` becomes the
  /// shortest text that reads back as the same value.
  ///
  /// @throws IllegalArgumentException for NaN and the infinities, which JSON cannot express, and
  ///   for objects of other classes
  public static String write(@Nullable Object value) {
    return JsonWriter.write(value, false);
  }

  /// The text of a value, indented by two spaces, for people.
  public static String writeIndented(@Nullable Object value) {
    return JsonWriter.write(value, true);
  }

  static FormatException tooLarge(String source) {
    return new FormatException(
        source, "longer than the " + MAX_BYTES / (1 << 20) + " MiB that a JSON text may have");
  }

  private static JsonObject asObject(String source, JsonValue value) {
    if (value instanceof JsonObject object) return object;
    throw new FormatException(source, "expected a JSON object, found " + value.describe());
  }
}
