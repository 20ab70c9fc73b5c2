package org.espalier.io.json;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.espalier.io.FormatException;
import org.jspecify.annotations.Nullable;

/// Reads and writes JSON as RFC 8259 defines it, and nothing looser.
///
/// A text that is too deep, too large, not UTF-8, or that names a key twice in one object is a
/// [FormatException] with its line and column. Text and values together take at most half of the
/// heap that the JVM may have, whatever the text holds; more is a [FormatException], too.
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

  /// How many values a text may have, containers and what is in them: more than the largest header
  /// of a checkpoint has.
  public static final int MAX_VALUES = 1 << 23;

  /// Of the heap, what text and values may take together.
  private static final int HEAP_SHARE = 2;

  /// Characters that are checked at a time.
  private static final int CHUNK = 1 << 13;

  private Json() {}

  /// Parses a text; `source` names it in errors.
  public static JsonValue parse(String source, String text) {
    return parse(source, text, Runtime.getRuntime().maxMemory() / HEAP_SHARE);
  }

  /// Parses a text into values of at most `room` bytes; a text that takes much of it leaves less.
  static JsonValue parse(String source, String text, long room) {
    return new JsonReader(source, text, Math.max(0, room - 2L * text.length())).document();
  }

  /// Parses UTF-8 bytes; `source` names them in errors.
  public static JsonValue parse(String source, byte[] utf8) {
    requireRoom(source, utf8.length);
    if (!isUtf8(utf8)) {
      throw new FormatException(source, "not JSON: the bytes are not UTF-8 text");
    }
    return parse(source, new String(utf8, StandardCharsets.UTF_8));
  }

  /// Refuses a text of this many bytes when it is longer than a text may be, or than the heap can
  /// hold besides its values: for callers that know the length before they have the bytes.
  ///
  /// @throws FormatException when it is
  public static void requireRoom(String source, long bytes) {
    if (bytes > MAX_BYTES) throw tooLarge(source);
    long room = Runtime.getRuntime().maxMemory() / HEAP_SHARE;
    if (2 * bytes > room) {
      throw new FormatException(
          source,
          "a JSON text of %d bytes does not fit a heap of %d MiB; give the JVM a larger one (-Xmx)"
              .formatted(bytes, room * HEAP_SHARE / (1 << 20)));
    }
  }

  /// Whether the bytes are UTF-8, without a second copy of them.
  private static boolean isUtf8(byte[] bytes) {
    var decoder = StandardCharsets.UTF_8.newDecoder();
    var in = ByteBuffer.wrap(bytes);
    var out = CharBuffer.allocate(Math.min(bytes.length + 1, CHUNK));
    while (true) {
      var result = decoder.decode(in, out, true);
      if (result.isError()) return false;
      if (result.isUnderflow()) return true;
      out.clear();
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
